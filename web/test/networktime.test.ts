import { describe, expect, it } from 'vitest';
import { NetworkTime } from '../src/lib/networktime';

const truth = (atMs: number) => 1_700_000_000_000_000 + atMs * 1000;

describe('network time in the browser', () => {
    it('is unknown before a snapshot told it', () => {
        const time = new NetworkTime();
        time.add(null, 5);
        expect(time.at(10)).toBeNull();
    });

    it('believes the snapshot that was least late', () => {
        const time = new NetworkTime();
        for (const [sent, late] of [[0, 30], [500, 2], [1_000, 80]] as const) time.add(truth(sent), sent + late);
        expect(time.at(2_000)).toBe(truth(2_000) - 2_000);
    });

    it('forgets what is old: two quartz clocks part', () => {
        const time = new NetworkTime();
        time.add(truth(0) + 900, 0);
        time.add(truth(NetworkTime.windowMs), NetworkTime.windowMs);
        expect(time.at(NetworkTime.windowMs)).toBe(truth(NetworkTime.windowMs));
    });

    it('follows another time scale at once, in either direction', () => {
        const time = new NetworkTime();
        time.add(truth(0), 0);
        time.add(truth(100) - 60e6, 100);
        expect(time.at(200)).toBe(truth(200) - 60e6);
        time.add(truth(300) + 60e6, 300);
        expect(time.at(300)).toBe(truth(300) + 60e6);
    });
});
