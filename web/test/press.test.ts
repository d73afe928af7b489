import { describe, expect, it } from 'vitest';
import { Press } from '../src/lib/press';

describe('the one button', () => {
    it('starts when it is let go', () => {
        const press = new Press();
        press.down('start', 0);
        expect(press.held('start', 2_000)).toBeNull();
        expect(press.up('start', 2_000)).toBe('start');
        expect(press.up('start', 2_100)).toBeNull();
    });

    it('does not start when the finger slid off', () => {
        const press = new Press();
        press.down('start', 0);
        press.cancel();
        expect(press.up('start', 100)).toBeNull();
    });

    it('stops after one second of holding, once', () => {
        const press = new Press();
        press.down('stop', 0);
        expect(press.progress(500)).toBe(0.5);
        expect(press.held('stop', 999)).toBeNull();
        expect(press.held('stop', 1_000)).toBe('stop');
        expect(press.held('stop', 1_016)).toBeNull();
        expect(press.up('stop', 1_200)).toBeNull();
        expect(press.progress(1_200)).toBe(0);
    });

    it('does not stop when it was let go too early, and says so', () => {
        const press = new Press();
        press.down('stop', 0);
        expect(press.up('stop', 999)).toBe('early');
        expect(press.held('stop', 5_000)).toBeNull();
        expect(press.progress(5_000)).toBe(0);
    });

    it('stops at the end of the second even where no picture was drawn meanwhile', () => {
        const press = new Press();
        press.down('stop', 0);
        expect(press.up('stop', 1_000)).toBe('stop');
    });

    it('does not add up two short presses', () => {
        const press = new Press();
        press.down('stop', 0);
        press.up('stop', 600);
        press.down('stop', 700);
        expect(press.held('stop', 1_600)).toBeNull();
        expect(press.held('stop', 1_700)).toBe('stop');
    });

    it('does not start a take with the finger that stopped one', () => {
        const press = new Press();
        press.down('stop', 0);
        expect(press.held('stop', 1_000)).toBe('stop');
        // STOP has become START under the finger; a key repeats
        press.down('start', 1_500);
        expect(press.held('start', 2_600)).toBeNull();
        expect(press.up('start', 2_700)).toBeNull();
        press.down('start', 3_000);
        expect(press.up('start', 3_100)).toBe('start');
    });

    it('does not stop a take with the finger that started it', () => {
        const press = new Press();
        press.down('start', 0);
        expect(press.held('stop', 1_500)).toBeNull();
        expect(press.up('stop', 1_600)).toBeNull();
    });

    it('lets those stop who can only click, by a second click', () => {
        const press = new Press();
        expect(press.click('start', 0)).toBe('start');
        expect(press.click('stop', 1_000)).toBe('again');
        expect(press.click('stop', 4_999)).toBe('stop');
        expect(press.click('stop', 5_100)).toBe('again');
        expect(press.click('stop', 9_100)).toBe('again');
    });
});
