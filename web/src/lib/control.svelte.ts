import type { Outcome, Refusal } from './api';
import * as client from './client';
import { Problem } from './client';
import { live } from './live.svelte';
import { described, withoutEchoes } from './outcome';
import { say } from './spoken.svelte';

type Command = 'start' | 'stop' | 'forget';

/** What was not obeyed, in words. */
export interface Refused {
    readonly command: Command;
    readonly sentence: string;
    readonly reasons: readonly Refusal[];
    /** True: the others could go on without those that are named. */
    readonly canForce: boolean;
}

/** What the operator does to the group, and what came of it. */
class Control {
    label = $state('');
    busy = $state(false);
    refused = $state.raw<Refused | null>(null);
    outcome = $state.raw<Outcome | null>(null);

    async start(force = false): Promise<void> {
        await this.#command('start', () => client.start(this.label === '' ? null : this.label, force), !force);
    }

    async stop(): Promise<void> {
        await this.#command('stop', () => client.stop(), false);
    }

    async forget(node: string): Promise<void> {
        try {
            await client.forget(node);
            say(`${node} is forgotten.`, 'polite');
        } catch (fault) {
            this.#refuse('forget', fault, false);
        }
    }

    dismiss(): void {
        this.refused = null;
        this.outcome = null;
    }

    async #command(command: 'start' | 'stop', send: () => Promise<Outcome>, canForce: boolean): Promise<void> {
        if (this.busy) return;
        this.busy = true;
        this.dismiss();
        try {
            const outcome = await send();
            if (command === 'start') this.label = '';
            this.outcome = outcome;
            say(described(outcome), 'polite');
        } catch (fault) {
            this.#refuse(command, fault, canForce);
        } finally {
            this.busy = false;
        }
    }

    #refuse(command: Command, fault: unknown, canForce: boolean): void {
        if (!(fault instanceof Problem)) throw fault;
        if (fault.status === 401) live.hope();
        this.refused = { command, sentence: fault.message, reasons: withoutEchoes(fault.reasons), canForce: canForce && fault.status === 409 };
    }
}

export const control = new Control();
