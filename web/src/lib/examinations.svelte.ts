import type { Examination } from './api';
import * as client from './client';
import { Problem } from './client';
import { summary } from './doctor';
import { live } from './live.svelte';
import { say } from './spoken.svelte';

/** What is known of the examination of a node. */
export interface Known {
    readonly examination: Examination | null;
    /** When it ended, by performance.now(). */
    readonly endedAt: number | null;
    /** Why nothing more is known, or it was not begun. */
    readonly problem: string;
    /** It cannot be asked through this node. */
    readonly outOfReach: boolean;
}

type Answer = 'told' | 'unreachable' | 'refused';

const nothing: Known = { examination: null, endedAt: null, problem: '', outOfReach: false };
const pauseMs = 500;
const pauseWithoutContactMs = 2_000;
const sleep = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));

/** The examinations of all nodes. They go on without this page; it asks how far they are. */
class Examinations {
    #known = $state.raw<ReadonlyMap<string, Known>>(new Map());
    /** Those that this page will ask for yet, one after the other: each measures the ways to the others, and two at once would measure each other. */
    waiting = $state.raw<readonly string[]>([]);

    #following = new Map<string, Promise<void>>();

    of(node: string): Known {
        return this.#known.get(node) ?? nothing;
    }

    isRunning(node: string): boolean {
        return this.of(node).examination?.state === 'running';
    }

    /** What the last one has found, or how far it is. */
    async look(nodes: readonly string[]): Promise<void> {
        for (const node of nodes) {
            if ((await this.#ask(node, () => client.examination(node))) === 'told') void this.#follow(node);
        }
    }

    async examine(node: string, trials: boolean): Promise<void> {
        if (!this.isRunning(node)) {
            if ((await this.#ask(node, () => client.examine(node, trials))) !== 'told') return;
            say(`${node} is being examined.`, 'polite');
        }
        await this.#follow(node);
        const { examination } = this.of(node);
        if (examination?.state === 'done') say(`${node}: ${examination.fault ?? (examination.report === null ? '' : summary(examination.report.findings))}.`, 'polite');
    }

    /** @param trials Asked again for each: a take may begin meanwhile. */
    async examineAll(nodes: readonly string[], trials: () => boolean): Promise<void> {
        if (this.waiting.length > 0) return;
        this.waiting = nodes;
        while (this.waiting[0] !== undefined) {
            await this.examine(this.waiting[0], trials());
            this.waiting = this.waiting.slice(1);
        }
    }

    async #ask(node: string, question: () => Promise<Examination>): Promise<Answer> {
        try {
            const examination = await question();
            this.#learn(node, { examination, endedAt: examination.age_ms === null ? null : performance.now() - examination.age_ms, problem: '', outOfReach: false });
            return 'told';
        } catch (fault) {
            if (!(fault instanceof Problem)) throw fault;
            if (fault.status === 401) {
                this.waiting = [];
                live.demandToken();
            } else {
                this.#learn(node, { ...this.of(node), problem: fault.message, outOfReach: fault.status === 404 || fault.status === 502 });
            }
            return fault.status === 0 ? 'unreachable' : 'refused';
        }
    }

    /** Until it has ended, or nothing can be known of it any more. */
    #follow(node: string): Promise<void> {
        const known = this.#following.get(node);
        if (known !== undefined) return known;
        const following = this.#untilDone(node).finally(() => this.#following.delete(node));
        this.#following.set(node, following);
        return following;
    }

    async #untilDone(node: string): Promise<void> {
        let answer: Answer = 'told';
        while (this.isRunning(node) && answer !== 'refused') {
            await sleep(answer === 'told' ? pauseMs : pauseWithoutContactMs);
            answer = await this.#ask(node, () => client.examination(node));
        }
        const { examination, ...rest } = this.of(node);
        // whoever cannot be asked is not known to be at it still
        if (answer === 'refused' && examination !== null) this.#learn(node, { ...rest, examination: { ...examination, state: examination.report === null ? 'never' : 'done' } });
    }

    #learn(node: string, what: Known): void {
        this.#known = new Map(this.#known).set(node, what);
    }
}

export const examinations = new Examinations();
