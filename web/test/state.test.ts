import { describe, expect, it } from 'vitest';
import { MockGroup } from '../mock/group';
import { nodeShown, shown, verdictWord } from '../src/lib/state';

describe('the one large state', () => {
    const group = new MockGroup().snapshot();

    it('is the group’s own while there is contact', () => expect(shown('live', group)).toBe('ready'));
    it('is never what was, when there is none', () => expect(shown('lost', { ...group, state: 'recording' })).toBe('lost'));
    it('waits for the first word', () => {
        expect(shown('connecting', null)).toBe('connecting');
        expect(shown('live', null)).toBe('connecting');
    });
    it('of a lost node is lost, whatever it last said', () => {
        const [node] = group.nodes;
        if (node === undefined) return expect.fail('the group has nodes');
        expect(nodeShown({ ...node, lost: true, state: 'recording' })).toBe('lost');
        expect(nodeShown(node)).toBe('ready');
    });
    it('of a take is one of three words, however spelt', () => {
        expect(verdictWord('pass')).toBe('PASS');
        expect(verdictWord('FAIL')).toBe('FAIL');
        expect(verdictWord('perhaps')).toBeNull();
        expect(verdictWord(null)).toBeNull();
    });
});
