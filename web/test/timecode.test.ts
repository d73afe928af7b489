import { describe, expect, it } from 'vitest';
import { frameAt, parseRate, timecode } from '../src/lib/timecode';

const rate = (text: string) => parseRate(text) ?? expect.fail(`${text} is a rate`);

describe('timecode', () => {
    it('counts frames at a whole rate', () => {
        expect(timecode(0, rate('30'))).toBe('00:00:00:00');
        expect(timecode(29, rate('30'))).toBe('00:00:00:29');
        expect(timecode(30, rate('30'))).toBe('00:00:01:00');
        expect(timecode((2 * 3600 + 3 * 60 + 4) * 25 + 5, rate('25'))).toBe('02:03:04:05');
    });

    it('goes on after a hundred hours', () => expect(timecode(100 * 3600 * 30, rate('30'))).toBe('100:00:00:00'));

    it('counts down to the start', () => {
        expect(frameAt(-1_000_000, rate('30'))).toBe(-30);
        expect(timecode(-30, rate('30'))).toBe('\u221200:00:01:00');
        expect(timecode(frameAt(-1, rate('30')), rate('30'))).toBe('\u221200:00:00:01');
    });

    it('takes three digits for rates above a hundred', () => expect(timecode(119, rate('120'))).toBe('00:00:00:119'));

    // the labels of SMPTE ST 12-1, as the files carry them
    it.each([
        [1799, '00:00:59;29'],
        [1800, '00:01:00;02'],
        [17981, '00:09:59;29'],
        [17982, '00:10:00;00'],
        [107892, '01:00:00;00'],
    ])('drops numbers at 29.97: frame %i is %s', (frame, label) => {
        expect(timecode(frame, rate('30000/1001'))).toBe(label);
        expect(timecode(frame, rate('29.97'))).toBe(label);
    });

    it('drops four numbers at 59.94', () => expect(timecode(3600, rate('60000/1001'))).toBe('00:01:00;04'));
    it('drops none at 23.976', () => expect(timecode(1440, rate('24000/1001'))).toBe('00:01:00:00'));

    it('reaches frame k at the instant of grid point k, after days too', () => {
        const ntsc = rate('30000/1001');
        for (const k of [0, 1, 29, 30, 12_345_678]) {
            const us = Math.ceil((k * 1001 * 1e6) / 30000);
            expect(frameAt(us, ntsc)).toBe(k);
            if (k > 0) expect(frameAt(us - 1, ntsc)).toBe(k - 1);
        }
    });

    it.each(['', '0', '-5', 'x', '30/0', '30/1/1', '1/'])('takes no rate from "%s"', (text) => expect(parseRate(text)).toBeNull());
});
