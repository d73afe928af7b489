/**
 * Network time in the browser: from the snapshots' own time and when they arrived. A snapshot can only be late, never early, so the one that was
 * least so is believed. The window keeps what is believed young: two quartz clocks part by less than 2 ms in it.
 */
export class NetworkTime {
    static readonly windowMs = 20_000;
    static readonly jumpUs = 1_000_000;

    #seen: { at: number; aheadUs: number }[] = [];

    /** @param atMs When the snapshot arrived, on the page's own clock. */
    add(nowUs: number | null, atMs: number): void {
        if (nowUs === null) return;
        const aheadUs = nowUs - atMs * 1000;
        const before = this.#ahead();
        // another time scale, or a machine that slept: what was known is of no use
        if (before !== null && Math.abs(aheadUs - before) > NetworkTime.jumpUs) this.#seen = [];
        this.#seen = this.#seen.filter((one) => one.at > atMs - NetworkTime.windowMs);
        this.#seen.push({ at: atMs, aheadUs });
    }

    /** Microseconds since the UNIX epoch; null while no snapshot told. */
    at(atMs: number): number | null {
        const ahead = this.#ahead();
        return ahead === null ? null : ahead + atMs * 1000;
    }

    #ahead(): number | null {
        return this.#seen.length === 0 ? null : Math.max(...this.#seen.map((one) => one.aheadUs));
    }
}
