import { describe, expect, it } from 'vitest';
import * as format from '../src/lib/format';

describe('figures', () => {
    it.each([
        [0, '0 ns'],
        [460.4, '460 ns'],
        [999.6, '1.00 µs'],
        [1_040, '1.04 µs'],
        [12_340, '12.3 µs'],
        [-22_900_000, '\u221222.9 ms'],
        [999_400_000, '999 ms'],
        [999_600_000, '1.00 s'],
        [4_232_000_000, '4.23 s'],
        [null, '–'],
        [undefined, '–'],
    ])('says the difference %s as %s', (ns, text) => expect(format.difference(ns)).toBe(text));

    it('gives an offset its sign', () => {
        expect(format.offset(1_260_000_000)).toBe('+1.26 s');
        expect(format.offset(-5)).toBe('\u22125 ns');
        expect(format.offset(0)).toBe('0 ns');
    });

    it.each([
        [0, '0'],
        [999, '999'],
        [12_345, '12\u202f345'],
        [-1_234_567, '\u22121\u202f234\u202f567'],
    ])('groups the digits of %i', (value, text) => expect(format.count(value)).toBe(text));

    it.each([
        [0, '0 B'],
        [999, '999 B'],
        [999.6, '1.00 kB'],
        [62_412_331, '62.4 MB'],
        [1.5e12, '1.50 TB'],
        [3e15, '3000 TB'],
    ])('says %i bytes as %s', (value, text) => expect(format.bytes(value)).toBe(text));

    it.each([
        [-3, '0 s'],
        [59.9, '59 s'],
        [60, '1 min'],
        [200, '3 min 20 s'],
        [11_520, '3 h 12 min'],
        [172_800, '2 days'],
        [null, '–'],
    ])('says that %s seconds last %s', (seconds, text) => expect(format.duration(seconds)).toBe(text));

    it('tells tenths of a short take', () => {
        expect(format.length(5.04)).toBe('5.0 s');
        expect(format.length(62.4)).toBe('1 min 2 s');
        expect(format.length(null)).toBe('–');
    });

    it('says rates', () => {
        expect(format.bitrate(800)).toBe('800 kbit/s');
        expect(format.bitrate(7_930)).toBe('7.93 Mbit/s');
        expect(format.ppm(-26_010)).toBe('\u221226.0 ppm');
        expect(format.ppm(0)).toBe('+0.0 ppm');
    });

    it('lists names as people do', () => {
        expect(format.list([])).toBe('');
        expect(format.list(['cam1'])).toBe('cam1');
        expect(format.list(['cam1', 'cam2', 'cam3'])).toBe('cam1, cam2 and cam3');
    });
});
