import type { Outcome, Refusal, TakeSettings } from './api';
import { fromText, nothing, read, type Asked, type Typed } from './asked';
import * as client from './client';
import { Problem, type Wish } from './client';
import { live } from './live.svelte';
import { recall, remember } from './memory';
import { described, withoutEchoes } from './outcome';
import { say } from './spoken.svelte';

type Command = 'start' | 'stop' | 'forget';

/** What was not obeyed, in words. */
export interface Refused {
    readonly command: Command;
    readonly sentence: string;
    readonly reasons: readonly Refusal[];
    /** The START that the others could obey without those that are named; null: there is none. */
    readonly again: Wish | null;
}

/** What the operator does to the group, and what came of it. */
class Control {
    label = $state('');
    /** Stays from take to take, until it is cleared: see {@link ask}. */
    typed = $state.raw<Typed>(fromText(recall('asked', 'tab')));
    busy = $state(false);
    /** What the cameras are being set to, while the answer to that START is waited for. */
    setting = $state.raw<TakeSettings | null>(null);
    refused = $state.raw<Refused | null>(null);
    outcome = $state.raw<Outcome | null>(null);

    get asked(): Asked {
        return read(this.typed);
    }

    /**
     * A label belongs to one take; what is asked of the cameras belongs to a scene, of which there are several takes. A second try that silently had another size
     * would be found in the edit, whereas what stays is written beside START. So it stays, also when a phone loads the page again, and goes with the tab.
     */
    ask(part: Partial<Typed>): void {
        this.typed = { ...this.typed, ...part };
        remember('asked', JSON.stringify(this.typed), 'tab');
    }

    askNothing(): void {
        this.ask(nothing);
    }

    async start(): Promise<void> {
        // nobody's camera is to be another than the operator believes
        if (Object.keys(this.asked.faults).length > 0) return;
        await this.#start({ label: this.label === '' ? null : this.label, settings: this.asked.settings }, false);
    }

    /** The START that was refused, as it was, without those who cannot. */
    async startAllTheSame(): Promise<void> {
        const again = this.refused?.again;
        if (again != null) await this.#start(again, true);
    }

    async stop(): Promise<void> {
        await this.#command('stop', () => client.stop(), null);
    }

    async forget(node: string): Promise<void> {
        try {
            await client.forget(node);
            say(`${node} is forgotten.`, 'polite');
        } catch (fault) {
            this.#refuse('forget', fault, null);
        }
    }

    dismiss(): void {
        this.refused = null;
        this.outcome = null;
    }

    async #start(wish: Wish, force: boolean): Promise<void> {
        if (this.busy) return;
        this.setting = wish.settings;
        // cameras that go back after a START that was withdrawn are not ready for a moment: then the forced one can be given once more
        try {
            await this.#command('start', () => client.start(wish, force), force && wish.settings === null ? null : wish);
        } finally {
            this.setting = null;
        }
    }

    async #command(command: 'start' | 'stop', send: () => Promise<Outcome>, again: Wish | null): Promise<void> {
        if (this.busy) return;
        this.busy = true;
        this.dismiss();
        try {
            const outcome = await send();
            if (command === 'start') this.label = '';
            this.outcome = outcome;
            say(described(outcome), 'polite');
        } catch (fault) {
            this.#refuse(command, fault, again);
        } finally {
            this.busy = false;
        }
    }

    #refuse(command: Command, fault: unknown, again: Wish | null): void {
        if (!(fault instanceof Problem)) throw fault;
        if (fault.status === 401) return live.demandToken();
        const reasons = withoutEchoes(fault.reasons);
        // who leads cannot be left out: what its own camera cannot do for a take is done by nobody
        const isLeaders = again?.settings != null && reasons.some((one) => one.node === live.group?.leader);
        this.refused = { command, sentence: fault.message, reasons, again: fault.status === 409 && !isLeaders ? again : null };
    }
}

export const control = new Control();
