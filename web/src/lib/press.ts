export type Doing = 'start' | 'stop';

/** What a press has come to: obeyed, given up too early, or waiting for a second one. */
export type Pressed = 'start' | 'stop' | 'early' | 'again';

/**
 * The one button. START is a press; STOP cannot be undone, so it must be held, or, by those whose device can only click, clicked twice.
 * A press belongs to what the button was when it began: a finger still down after STOP does not start the next take, nor does a key that repeats.
 */
export class Press {
    static readonly holdMs = 1_000;
    static readonly againMs = 4_000;

    #began: { doing: Doing; at: number } | null = null;
    #clickedAt: number | null = null;
    #spent = false;

    /** A finger, a mouse button or a key went down. */
    down(doing: Doing, now: number): void {
        if (this.#began !== null || this.#spent) return;
        this.#began = { doing, at: now };
    }

    /** It was lifted, on the button. */
    up(doing: Doing, now: number): Pressed | null {
        const began = this.#began;
        this.#began = null;
        if (this.#spent) {
            this.#spent = false;
            return null;
        }
        if (began === null || began.doing !== doing) return null;
        if (doing === 'start') return 'start';
        return now - began.at >= Press.holdMs ? 'stop' : 'early';
    }

    /** It left the button, or the page lost it. */
    cancel(): void {
        this.#began = null;
        this.#spent = false;
    }

    /** Asked while something is down: 'stop' once, when it has been held long enough. */
    held(doing: Doing, now: number): Pressed | null {
        if (this.#began === null || this.#began.doing !== 'stop' || doing !== 'stop' || now - this.#began.at < Press.holdMs) return null;
        this.#began = null;
        this.#spent = true;
        return 'stop';
    }

    /** A click without anything going down: what screen readers, switches and voice control do. */
    click(doing: Doing, now: number): Pressed {
        if (doing === 'start') return 'start';
        if (this.#clickedAt !== null && now - this.#clickedAt < Press.againMs) {
            this.#clickedAt = null;
            return 'stop';
        }
        this.#clickedAt = now;
        return 'again';
    }

    /** How much of the hold is done, 0 to 1. */
    progress(now: number): number {
        return this.#began?.doing === 'stop' ? Math.min(1, (now - this.#began.at) / Press.holdMs) : 0;
    }

    get isDown(): boolean {
        return this.#began !== null;
    }
}
