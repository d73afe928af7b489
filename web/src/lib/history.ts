/** A clock's last two minutes as columns for a chart, oldest first. Seconds before now; nanoseconds; null where nothing was known. */
export interface ClockColumns {
    readonly seconds: number[];
    /** The offset less its straight line: what is left is the wander, in the same units as the bound. */
    readonly offset: (number | null)[];
    readonly low: (number | null)[];
    readonly high: (number | null)[];
    readonly delay: (number | null)[];
}

interface Point {
    readonly at: number;
    readonly offset: number | null;
    readonly error: number | null;
    readonly delay: number | null;
}

export class ClockHistory {
    static readonly spanMs = 120_000;
    static readonly stepMs = 450;
    static readonly gapMs = 4_000;

    #points: Point[] = [];

    /** @param at When the node measured this, network time in ms: told late, it would be off by the drift of its clock meanwhile. */
    add(at: number, offset: number | null, error: number | null, delay: number | null): void {
        // another time scale
        if (Math.abs(at - (this.#points.at(-1)?.at ?? at)) > ClockHistory.spanMs) this.#points = [];
        const last = this.#points.at(-1);
        if (last !== undefined && at - last.at < ClockHistory.stepMs) return;
        // a hole in time is a hole in the chart
        if (last !== undefined && at - last.at > ClockHistory.gapMs) this.#points.push({ at: last.at + 1, offset: null, error: null, delay: null });
        this.#points.push({ at, offset, error, delay });
        const first = this.#points.findIndex((point) => point.at >= at - ClockHistory.spanMs);
        if (first > 0) this.#points.splice(0, first);
    }

    get isEmpty(): boolean {
        return !this.#points.some((point) => point.offset !== null);
    }

    columns(now: number): ClockColumns {
        const line = straightLine(this.#points);
        const rest = (point: Point) => (point.offset === null ? null : point.offset - line(point.at));
        const moved = (point: Point, sign: number) => {
            const at = rest(point);
            return at === null || point.error === null ? null : at + sign * point.error;
        };
        return {
            seconds: this.#points.map((point) => (point.at - now) / 1000),
            offset: this.#points.map(rest),
            low: this.#points.map((point) => moved(point, -1)),
            high: this.#points.map((point) => moved(point, 1)),
            delay: this.#points.map((point) => point.delay),
        };
    }
}

function straightLine(points: readonly Point[]): (at: number) => number {
    const known = points.filter((point): point is Point & { offset: number } => point.offset !== null);
    const first = known[0];
    if (first === undefined) return () => 0;
    // relative to the first point: seconds since the epoch squared would not fit
    let x = 0, y = 0, xx = 0, xy = 0;
    for (const point of known) {
        const dx = point.at - first.at;
        const dy = point.offset - first.offset;
        x += dx;
        y += dy;
        xx += dx * dx;
        xy += dx * dy;
    }
    const n = known.length;
    const spread = n * xx - x * x;
    const slope = spread > 0 ? (n * xy - x * y) / spread : 0;
    const start = first.offset + (y - slope * x) / n;
    return (at) => start + slope * (at - first.at);
}
