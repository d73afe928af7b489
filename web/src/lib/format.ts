const thin = '\u202f';
const minus = '\u2212';

/** What is not known, in every figure alike. */
export const unknown = '–';

type Maybe = number | null | undefined;

/** 12 345: digits in groups of three. */
export function count(value: Maybe): string {
    if (value === null || value === undefined) return unknown;
    const digits = String(Math.abs(Math.round(value))).replace(/\B(?=(\d{3})+$)/g, thin);
    return value < 0 ? minus + digits : digits;
}

/** A difference in time, nanoseconds in, with three digits that count: 460 ns, 1.04 µs, 22.9 ms, 4.23 s. */
export function difference(ns: Maybe): string {
    if (ns === null || ns === undefined) return unknown;
    const size = Math.abs(ns);
    const sign = ns < 0 ? minus : '';
    if (size < 999.5) return `${sign}${Math.round(size)} ns`;
    if (size < 999.5e3) return `${sign}${digits(size / 1e3)} µs`;
    if (size < 999.5e6) return `${sign}${digits(size / 1e6)} ms`;
    return `${sign}${digits(size / 1e9)} s`;
}

/** The same with its sign, as an offset has one. */
export function offset(ns: Maybe): string {
    return ns !== null && ns !== undefined && ns > 0 ? `+${difference(ns)}` : difference(ns);
}

export function micros(us: Maybe): string {
    return us === null || us === undefined ? unknown : difference(us * 1e3);
}

export function ppm(ppb: Maybe): string {
    if (ppb === null || ppb === undefined) return unknown;
    const text = (Math.abs(ppb) / 1e3).toFixed(1);
    return `${ppb < 0 ? minus : '+'}${text} ppm`;
}

export function bytes(value: Maybe): string {
    if (value === null || value === undefined) return unknown;
    const units = ['B', 'kB', 'MB', 'GB', 'TB'];
    let size = value;
    let unit = 0;
    while (size >= 999.5 && unit < units.length - 1) {
        size /= 1000;
        unit++;
    }
    return unit === 0 ? `${Math.round(size)} B` : `${digits(size)} ${units[unit]}`;
}

export function bitrate(kbps: Maybe): string {
    if (kbps === null || kbps === undefined) return unknown;
    return kbps < 999.5 ? `${Math.round(kbps)} kbit/s` : `${digits(kbps / 1000)} Mbit/s`;
}

/** A stretch of time for people: 48 s, 3 min 20 s, 3 h 12 min, 12 days. */
export function duration(seconds: Maybe): string {
    if (seconds === null || seconds === undefined) return unknown;
    const whole = Math.max(0, Math.floor(seconds));
    if (whole < 60) return `${whole} s`;
    if (whole < 3600) return pair(Math.floor(whole / 60), 'min', whole % 60, 's');
    if (whole < 48 * 3600) return pair(Math.floor(whole / 3600), 'h', Math.floor((whole % 3600) / 60), 'min');
    return `${Math.floor(whole / 86_400)} days`;
}

/** A take's length: tenths of a second while it is short. */
export function length(seconds: Maybe): string {
    return seconds !== null && seconds !== undefined && seconds < 60 ? `${seconds.toFixed(1)} s` : duration(seconds);
}

/** 14:03:09 on this machine's clock face. */
export function clockFace(us: Maybe): string {
    if (us === null || us === undefined) return unknown;
    return new Date(us / 1000).toLocaleTimeString('en-GB', { hour12: false });
}

/** 24 Nov 2026, 14:03:09. */
export function date(us: Maybe): string {
    if (us === null || us === undefined) return unknown;
    return new Date(us / 1000).toLocaleString('en-GB', { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit' });
}

/** cam1 · cam1, cam2 · cam1, cam2 and cam3. */
export function list(names: readonly string[]): string {
    return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

function digits(value: number): string {
    return value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
}

function pair(first: number, firstUnit: string, second: number, secondUnit: string): string {
    return second === 0 ? `${first} ${firstUnit}` : `${first} ${firstUnit} ${second} ${secondUnit}`;
}
