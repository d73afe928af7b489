import type { Outcome, Refusal } from './api';
import * as client from './client';
import { Problem } from './client';
import { list } from './format';
import { live } from './live.svelte';
import { say } from './spoken.svelte';

/** A START or STOP that was not obeyed, in words. */
export interface Refused {
    readonly command: 'start' | 'stop';
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
            this.#refuse('start', fault, false);
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
            say(describe(outcome), 'polite');
        } catch (fault) {
            this.#refuse(command, fault, canForce);
        } finally {
            this.busy = false;
        }
    }

    #refuse(command: 'start' | 'stop', fault: unknown, canForce: boolean): void {
        if (!(fault instanceof Problem)) throw fault;
        if (fault.status === 401) live.hope();
        // who leads may tell the others' reasons once more, as its own
        const reasons = fault.reasons.filter((one) => !fault.reasons.some((other) => other !== one && one.reason.includes(other.reason)));
        this.refused = { command, sentence: fault.message, reasons, canForce: canForce && fault.status === 409 };
    }
}

/** Who has not acknowledged, or nothing. */
export function silent(outcome: Outcome) {
    return outcome.nodes.filter((one) => one.outcome !== 'acknowledged');
}

export function describe(outcome: Outcome): string {
    const rest = silent(outcome);
    const all = outcome.nodes.length;
    const take = outcome.take ?? 'The take';
    const did = outcome.command === 'start' ? `${take} starts` : `${take} ends`;
    if (rest.length === 0) return `${did}: ${all === 1 ? 'the node has' : `all ${all} nodes have`} acknowledged.`;
    return `${did}: ${all - rest.length} of ${all} nodes have acknowledged, not ${list(rest.map((one) => one.node))}.`;
}

export const control = new Control();
