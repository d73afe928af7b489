import type { Node, TakeSettings } from './api';

/** What the next START asks of all cameras, as it is typed; where it is empty each camera stays as its node was started. */
export interface Typed {
    readonly size: string;
    readonly fps: string;
    readonly bitrate: string;
    readonly lockExposure: boolean;
    readonly lockWhiteBalance: boolean;
}

export type Field = 'size' | 'fps' | 'bitrate';

export const nothing: Typed = { size: '', fps: '', bitrate: '', lockExposure: false, lockWhiteBalance: false };

export interface Asked {
    /** Null: nothing, or something of it makes no sense. */
    readonly settings: TakeSettings | null;
    /** What is wrong with a field, in the node's words; the node judges again. */
    readonly faults: Readonly<Partial<Record<Field, string>>>;
}

const smallestBitrate = 50;
const largestBitrate = 400_000;
const largestInteger = 2 ** 31 - 1;

/** The same rules and sentences as the node's (StartSettings.Read), so that a mistake is told before START; test/start-settings.json holds both to it. */
export function read(typed: Typed): Asked {
    const size = typed.size.trim();
    const fps = typed.fps.trim();
    const bitrate = typed.bitrate.trim();
    const faults: Partial<Record<Field, string>> = {};
    if (size !== '' && !isSize(size)) faults.size = `"${shown(size)}" is no picture size: use even numbers like 1920x1080.`;
    if (fps !== '' && !isRate(fps)) faults.fps = `"${shown(fps)}" is no frame rate: use 30, 29.97 or 30000/1001.`;
    if (bitrate !== '' && !isBitrate(bitrate)) faults.bitrate = `"${shown(bitrate)}" is no bitrate: use kbit/s from ${smallestBitrate} to ${largestBitrate}, for example 8000.`;
    const asksNothing = size === '' && fps === '' && bitrate === '' && !typed.lockExposure && !typed.lockWhiteBalance;
    if (asksNothing || Object.keys(faults).length > 0) return { settings: null, faults };
    const settings: TakeSettings = {
        size: size === '' ? null : size,
        fps: fps === '' ? null : fps,
        bitrate: bitrate === '' ? null : Number(bitrate),
        lock_exposure: typed.lockExposure,
        lock_white_balance: typed.lockWhiteBalance,
    };
    return { settings, faults };
}

/** As events and manifests say it: "1280x720, 60 frames/s, exposure locked". */
export function words(settings: TakeSettings | null | undefined): string {
    if (settings == null) return '';
    return [
        settings.size ?? '',
        settings.fps == null ? '' : `${settings.fps} frames/s`,
        settings.bitrate == null ? '' : `${settings.bitrate} kbit/s`,
        settings.lock_exposure === true ? 'exposure locked' : '',
        settings.lock_white_balance === true ? 'white balance locked' : '',
    ]
        .filter((word) => word !== '')
        .join(', ');
}

/** What this browser has kept; nothing where that is not what was put there. */
export function fromText(text: string | null): Typed {
    if (text === null) return nothing;
    try {
        const kept = JSON.parse(text) as Partial<Record<keyof Typed, unknown>> | null;
        const string = (value: unknown) => (typeof value === 'string' ? value : '');
        return { size: string(kept?.size), fps: string(kept?.fps), bitrate: string(kept?.bitrate), lockExposure: kept?.lockExposure === true, lockWhiteBalance: kept?.lockWhiteBalance === true };
    } catch {
        return nothing;
    }
}

const commonSizes = ['3840x2160', '1920x1080', '1280x720', '640x480'];
const commonRates = ['24', '25', '29.97', '30', '50', '59.94', '60'];

/**
 * What may be chosen without typing it: what the cameras give now, which the nodes tell, and what is common. A node could list what the cameras of its machine
 * offer, but it opens them to look, and nobody's camera is to be disturbed because somebody looks into a list.
 */
export function offers(nodes: readonly Node[]): { sizes: string[]; rates: string[] } {
    const given = nodes.map((node) => / (\d+x\d+) at ([\d/]+),/.exec(node.camera ?? '')).filter((found) => found !== null);
    const pixels = (size: string) => size.split('x').reduce((area, side) => area * Number(side), 1);
    const perSecond = (rate: string) => Number(rate.split('/')[0]) / Number(rate.split('/')[1] ?? 1);
    return {
        sizes: [...new Set([...given.map((one) => one[1] ?? ''), ...commonSizes])].sort((a, b) => pixels(b) - pixels(a)),
        rates: [...new Set([...given.map((one) => one[2] ?? ''), ...commonRates])].sort((a, b) => perSecond(a) - perSecond(b)),
    };
}

function isSize(text: string): boolean {
    const sides = text.split(/[xX×]/);
    return sides.length === 2 && sides.every((side) => /^\s*\+?\d+\s*$/.test(side) && Number(side) >= 64 && Number(side) <= 8192 && Number(side) % 2 === 0);
}

function isRate(text: string): boolean {
    const whole = (part: string) => /^\d+$/.test(part) && Number(part) > 0 && Number(part) <= largestInteger;
    const parts = text.split('/');
    const possible = (rate: number) => rate >= 0.1 && rate <= 1000;
    if (parts.length === 2) return parts.every(whole) && possible(Number(parts[0]) / Number(parts[1]));
    if (parts.length > 2) return false;
    if (whole(text)) return possible(Number(text));
    const value = /^(\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : 0;
    return value > 0 && value <= 1000 && possible(Math.round(value * 1000) / 1000);
}

function isBitrate(text: string): boolean {
    return /^\d+$/.test(text) && Number(text) >= smallestBitrate && Number(text) <= largestBitrate;
}

function shown(text: string): string {
    const clean = text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?');
    return clean.length <= 24 ? clean : `${clean.slice(0, 23)}…`;
}
