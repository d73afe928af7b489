import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Node } from '../src/lib/api';
import { fromText, nothing, offers, read, words, type Typed } from '../src/lib/asked';

interface Vector extends Partial<Pick<Typed, 'size' | 'fps' | 'bitrate'>> {
    readonly wrong?: string;
    readonly words?: string;
}

/** A test of the node reads the same file: what the page says of a mistake is what the node would have said. */
const vectors = JSON.parse(readFileSync(new URL('start-settings.json', import.meta.url), 'utf8')) as Vector[];

describe('what a START asks of the cameras', () => {
    it.each(vectors.map((vector) => [JSON.stringify(vector), vector] as const))('is judged as the node judges it: %s', (_, vector) => {
        const { settings, faults } = read({ ...nothing, ...vector });
        expect(Object.values(faults)).toEqual(vector.wrong === undefined ? [] : [vector.wrong]);
        expect(settings === null).toBe(vector.wrong !== undefined);
        if (vector.words !== undefined) expect(words(settings)).toBe(vector.words);
    });

    it('is nothing where nothing is typed', () => {
        expect(read(nothing)).toEqual({ settings: null, faults: {} });
        expect(read({ ...nothing, size: '  ' })).toEqual({ settings: null, faults: {} });
        expect(words(null)).toBe('');
    });

    it('goes to the node as it is typed, without spaces around it', () => {
        const { settings } = read({ size: ' 1280x720 ', fps: '29.97', bitrate: '8000', lockExposure: true, lockWhiteBalance: true });
        expect(settings).toEqual({ size: '1280x720', fps: '29.97', bitrate: 8000, lock_exposure: true, lock_white_balance: true });
        expect(words(settings)).toBe('1280x720, 29.97 frames/s, 8000 kbit/s, exposure locked, white balance locked');
    });

    it('may be a lock alone', () => {
        expect(words(read({ ...nothing, lockWhiteBalance: true }).settings)).toBe('white balance locked');
    });

    it('tells every mistake, each with its field', () => {
        expect(Object.keys(read({ ...nothing, size: '1', fps: 'x', bitrate: '8000' }).faults)).toEqual(['size', 'fps']);
    });
});

describe('what is kept', () => {
    it('comes back as it was', () => {
        const typed: Typed = { ...nothing, size: '1280x720', lockExposure: true };
        expect(fromText(JSON.stringify(typed))).toEqual(typed);
    });

    it.each([null, '', 'null', '[]', '7', '{"size":5,"lockExposure":"yes"}'])('is nothing where it is not what was put there: %s', (text) => expect(fromText(text)).toEqual(nothing));
});

describe('what is offered', () => {
    const node = (camera: string | null) => ({ camera }) as Node;

    it('is what the cameras give now among what is common, in order and once', () => {
        const { sizes, rates } = offers([node('v4l2 1920x1080 at 30, x265enc, cam1.mp4'), node('argus 1536x864 at 120, nvv4l2h265enc, cam2.mp4'), node('no camera'), node(null)]);
        expect(sizes).toEqual(['3840x2160', '1920x1080', '1536x864', '1280x720', '640x480']);
        expect(rates).toEqual(['24', '25', '29.97', '30', '50', '59.94', '60', '120']);
    });
});
