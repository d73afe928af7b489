/** A frame rate as an exact fraction, and how its frames are numbered. */
export interface Rate {
    readonly numerator: number;
    readonly denominator: number;
    /** Numbers in a second: 30 at 29.97. */
    readonly base: number;
    /** Numbers that a drop-frame label leaves out each minute but the tenth; 0 where it does not. */
    readonly dropped: number;
}

const ntsc = new Map([
    ['23.976', 24],
    ['23.98', 24],
    ['29.97', 30],
    ['47.952', 48],
    ['59.94', 60],
    ['119.88', 120],
]);

/** "30", "29.97", "30000/1001"; null for what is no rate. */
export function parseRate(text: string): Rate | null {
    const thousandths = ntsc.get(text);
    if (thousandths !== undefined) return rate(thousandths * 1000, 1001);
    const [above = '', below = '1', ...rest] = text.split('/');
    const numerator = Number(above);
    const denominator = Number(below);
    if (rest.length > 0 || !(numerator > 0) || !(denominator > 0) || !Number.isFinite(numerator / denominator)) return null;
    return rate(numerator, denominator);
}

function rate(numerator: number, denominator: number): Rate {
    const base = Math.max(1, Math.round(numerator / denominator));
    const dropped = denominator === 1001 && base % 30 === 0 ? base / 15 : 0;
    return { numerator, denominator, base, dropped };
}

/** The grid point that has been reached after so long; before the first one it counts down. */
export function frameAt(elapsedUs: number, rate: Rate): number {
    return Math.floor((elapsedUs * rate.numerator) / (rate.denominator * 1e6));
}

/** "01:02:03:04", with ';' before the frames of a drop-frame label, and a minus before the start. */
export function timecode(frame: number, rate: Rate): string {
    const label = withDroppedNumbers(Math.abs(frame), rate);
    const seconds = Math.floor(label / rate.base);
    const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map((part) => String(part).padStart(2, '0'));
    const width = Math.max(2, String(rate.base - 1).length);
    return `${frame < 0 ? '\u2212' : ''}${parts.join(':')}${rate.dropped > 0 ? ';' : ':'}${String(label % rate.base).padStart(width, '0')}`;
}

function withDroppedNumbers(frame: number, { base, dropped }: Rate): number {
    if (dropped === 0) return frame;
    const perMinute = base * 60 - dropped;
    const perTenMinutes = base * 600 - 9 * dropped;
    const tens = Math.floor(frame / perTenMinutes);
    const rest = frame % perTenMinutes;
    // the first minute of ten has all its numbers
    const minutes = rest < base * 60 ? 0 : 1 + Math.floor((rest - base * 60) / perMinute);
    return frame + dropped * (tens * 9 + minutes);
}
