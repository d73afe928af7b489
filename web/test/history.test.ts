import { describe, expect, it } from 'vitest';
import { ClockHistory } from '../src/lib/history';

describe("a clock's last two minutes", () => {
    it('shows the offset without its drift, and the bound around it', () => {
        const history = new ClockHistory();
        for (let i = 0; i < 100; i++) history.add(i * 500, 1.26e9 + i * 13_500 + (i % 2 === 0 ? 100 : -100), 900, 400);
        const { seconds, offset, low, high, delay } = history.columns(50_000);
        expect(seconds).toHaveLength(100);
        expect(seconds[0]).toBe(-50);
        for (let i = 0; i < 100; i++) {
            expect(Math.abs(offset[i] ?? NaN)).toBeLessThan(110);
            expect((high[i] ?? NaN) - (low[i] ?? NaN)).toBeCloseTo(1_800);
        }
        expect(delay.every((one) => one === 400)).toBe(true);
    });

    it('keeps two minutes and no more', () => {
        const history = new ClockHistory();
        for (let at = 0; at <= 600_000; at += 500) history.add(at, 0, 1, 1);
        expect(history.columns(600_000).seconds[0]).toBe(-120);
    });

    it('takes no more points than a chart can show', () => {
        const history = new ClockHistory();
        for (let at = 0; at < 10_000; at += 200) history.add(at, 0, 1, 1);
        expect(history.columns(10_000).seconds.length).toBeLessThanOrEqual(10_000 / ClockHistory.stepMs + 1);
    });

    it('leaves a hole where nothing was heard, and where nothing was known', () => {
        const history = new ClockHistory();
        history.add(0, 5, 1, 1);
        history.add(500, null, null, null);
        history.add(1_000, 5, 1, 1);
        history.add(20_000, 5, 1, 1);
        expect(history.columns(20_000).offset).toEqual([0, null, 0, null, 0]);
        expect(history.isEmpty).toBe(false);
    });

    it('begins anew on another time scale', () => {
        const history = new ClockHistory();
        history.add(1e12, 5, 1, 1);
        history.add(0, 7, 1, 1);
        history.add(500, 7, 1, 1);
        expect(history.columns(500).seconds).toEqual([-0.5, 0]);
    });

    it('is empty for a clock that is not known', () => {
        const history = new ClockHistory();
        history.add(0, null, null, null);
        expect(history.isEmpty).toBe(true);
        expect(history.columns(0).offset).toEqual([null]);
    });
});
