import { describe, expect, it } from 'vitest';
import type { Notice } from '../src/lib/api';
import { withNotice } from '../src/lib/notices';

const notice = (id: number, text = `notice ${id}`): Notice => ({ id, at_us: id * 1e6, level: 'info', text, node: 'cam1' });

describe('events', () => {
    it('are appended', () => expect(withNotice([notice(1)], notice(2))).toEqual([notice(1), notice(2)]));
    it('are not told twice when a stream replays them', () => expect(withNotice([notice(1), notice(2)], notice(1))).toBeNull());
    it('of a node that was started anew are new, though it counts from one again', () => {
        const again = { ...notice(1), at_us: 9e6 };
        expect(withNotice([notice(1)], again)).toEqual([notice(1), again]);
    });
    it('are bounded', () => {
        let known: readonly Notice[] = [];
        for (let id = 0; id < 1_000; id++) known = withNotice(known, notice(id)) ?? known;
        expect(known).toHaveLength(400);
        expect(known.at(-1)?.id).toBe(999);
    });
});
