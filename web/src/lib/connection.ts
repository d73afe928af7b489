export type Phase = 'connecting' | 'live' | 'lost' | 'signed-out';

/**
 * Whether what the page shows is true now. The stream's owner tells what happened and asks what to do; time is an argument.
 * An open connection over which nothing comes is a lost one: a node speaks at least every two seconds.
 */
export class Connection {
    static readonly silenceMs = 4_000;
    static readonly pausesMs = [500, 1_000, 2_000];

    phase: Phase = 'connecting';

    /** When the last event came; null before the first. */
    heardAt: number | null = null;

    #attempts = 0;
    #waitingSince: number;
    #retryAt: number | null = null;

    constructor(now: number) {
        this.#waitingSince = now;
    }

    /** An event came. */
    heard(now: number): void {
        if (this.phase === 'signed-out') return;
        this.phase = 'live';
        this.heardAt = now;
        this.#waitingSince = now;
        this.#attempts = 0;
        this.#retryAt = null;
    }

    /** The stream broke off, or could not be opened. */
    failed(now: number): void {
        if (this.phase === 'signed-out') return;
        this.phase = 'lost';
        this.#retryAt ??= now + (Connection.pausesMs[Math.min(this.#attempts, Connection.pausesMs.length - 1)] ?? 0);
    }

    /** The node wants a token: there is no use in trying again before it has one. */
    refused(): void {
        this.phase = 'signed-out';
        this.#retryAt = null;
    }

    /** There is reason to hope: a token was accepted, the network is back, the page is looked at again. */
    hope(now: number): void {
        if (this.phase === 'signed-out') this.phase = 'connecting';
        if (this.phase !== 'live') {
            this.#attempts = 0;
            this.#retryAt = now;
        }
    }

    /** Asked several times a second. True: open the stream anew, now. */
    due(now: number): boolean {
        if (this.phase === 'signed-out') return false;
        if (this.#retryAt === null && now - this.#waitingSince >= Connection.silenceMs) this.failed(now);
        if (this.#retryAt === null || now < this.#retryAt) return false;
        this.#retryAt = null;
        this.#attempts++;
        this.#waitingSince = now;
        return true;
    }

    /** How old what is shown is; null before anything was. */
    ageMs(now: number): number | null {
        return this.heardAt === null ? null : Math.max(0, now - this.heardAt);
    }
}
