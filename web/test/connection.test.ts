import { describe, expect, it } from 'vitest';
import { Connection } from '../src/lib/connection';

/** Asks every 250 ms, as the page does, and returns when a stream was to be opened. */
function openings(connection: Connection, from: number, to: number): number[] {
    const due: number[] = [];
    for (let now = from; now <= to; now += 250) if (connection.due(now)) due.push(now);
    return due;
}

describe('the connection to the node', () => {
    it('is live when something has come', () => {
        const connection = new Connection(0);
        expect(connection.phase).toBe('connecting');
        expect(connection.ageMs(10)).toBeNull();
        connection.heard(100);
        expect(connection.phase).toBe('live');
        expect(connection.ageMs(350)).toBe(250);
    });

    it('is lost at once when the stream breaks off, and tried again soon', () => {
        const connection = new Connection(0);
        connection.heard(100);
        connection.failed(1_000);
        expect(connection.phase).toBe('lost');
        expect(openings(connection, 1_000, 3_000)).toEqual([1_500]);
    });

    it('is lost after four seconds of silence, though the stream is open', () => {
        const connection = new Connection(0);
        connection.heard(1_000);
        expect(openings(connection, 1_000, 4_750)).toEqual([]);
        expect(connection.phase).toBe('live');
        connection.due(5_000);
        expect(connection.phase).toBe('lost');
        expect(connection.ageMs(5_000)).toBe(4_000);
    });

    it('is lost when the first attempt brings nothing', () => {
        const connection = new Connection(0);
        expect(openings(connection, 0, 4_500)).toEqual([4_500]);
        expect(connection.phase).toBe('lost');
    });

    it('waits longer each time, but never more than two seconds', () => {
        const connection = new Connection(0);
        connection.heard(0);
        const opened: number[] = [];
        for (let now = 0; opened.length < 6; now += 250) {
            if (connection.due(now)) opened.push(now);
            if (now === 0 || opened.at(-1) === now) connection.failed(now);
        }
        expect(opened.map((at, i) => at - (opened[i - 1] ?? 0))).toEqual([500, 1_000, 2_000, 2_000, 2_000, 2_000]);
    });

    it('heals with the first event, and is quick again afterwards', () => {
        const connection = new Connection(0);
        connection.heard(0);
        connection.failed(1_000);
        openings(connection, 1_000, 1_500);
        connection.failed(1_600);
        connection.heard(2_000);
        expect(connection.phase).toBe('live');
        expect(openings(connection, 2_000, 5_750)).toEqual([]);
        connection.failed(5_800);
        expect(openings(connection, 5_800, 6_300)).toEqual([6_300]);
    });

    it('does not put off an attempt because it fails twice', () => {
        const connection = new Connection(0);
        connection.heard(0);
        connection.failed(1_000);
        connection.failed(1_400);
        expect(connection.due(1_500)).toBe(true);
    });

    it('asks for nothing while it has no token, and at once when it has', () => {
        const connection = new Connection(0);
        connection.failed(100);
        connection.refused();
        expect(connection.phase).toBe('signed-out');
        expect(openings(connection, 100, 60_000)).toEqual([]);
        connection.failed(60_100);
        connection.heard(60_200);
        expect(connection.phase).toBe('signed-out');
        connection.hope(61_000);
        expect(connection.phase).toBe('connecting');
        expect(connection.due(61_000)).toBe(true);
    });

    it('does not drop a live stream because there is hope', () => {
        const connection = new Connection(0);
        connection.heard(100);
        connection.hope(200);
        expect(connection.due(200)).toBe(false);
        expect(connection.phase).toBe('live');
    });
});
