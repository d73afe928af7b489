import { describe, expect, it } from 'vitest';
import type { Outcome } from '../src/lib/api';
import { described, silent, withoutEchoes } from '../src/lib/outcome';

const outcome = (command: Outcome['command'], ...words: string[]): Outcome => ({ command, take: 'take-1', target_us: 1, nodes: words.map((word, i) => ({ node: `cam${i + 1}`, outcome: word, reason: null })) });

describe('what came of a command', () => {
    it('is one sentence when all have acknowledged', () => {
        expect(described(outcome('start', 'acknowledged', 'acknowledged'))).toBe('take-1 starts: all 2 nodes have acknowledged.');
        expect(described(outcome('stop', 'acknowledged'))).toBe('take-1 ends: the node has acknowledged.');
    });

    it('names those who have not', () => {
        const some = outcome('start', 'acknowledged', 'silent', 'refused');
        expect(silent(some).map((one) => one.node)).toEqual(['cam2', 'cam3']);
        expect(described(some)).toBe('take-1 starts: 1 of 3 nodes have acknowledged, not cam2 and cam3.');
    });

    it('tells each reason of a refusal once', () => {
        const own = { node: 'cam3', reason: 'disk full' };
        expect(withoutEchoes([{ node: 'cam1', reason: 'not started: cam3: disk full' }, own])).toEqual([own]);
    });

    it('keeps the same reason of two nodes', () => {
        const both = [{ node: 'cam2', reason: 'disk full' }, { node: 'cam3', reason: 'disk full' }];
        expect(withoutEchoes(both)).toEqual(both);
    });
});
