import type { NodeVerdict, Skew, Take, TakeDetail } from '../src/lib/api';

const hour = 3600e6;

export function mockTakes(): Take[] {
    const base: Omit<Take, 'name' | 'word'> = { label: null, started_us: Date.now() * 1000 - hour, length_s: 62.4, frames: 1872, rate: '30', state: 'complete', reasons: [], worst_skew_us: 22_900, dropped: 0, repeated: 0, nodes: ['cam1', 'cam2', 'cam3'], missing: [] };
    return [
        { ...base, name: 'take-20261125-101500', label: 'Scene 4, third try', word: 'PASS' },
        { ...base, name: 'take-20261125-100200', label: 'Scene 4, second try', word: 'WARN', started_us: Date.now() * 1000 - 2 * hour, repeated: 3, reasons: ['cam3: 3 of 1872 points show the picture before, the longest run 2 points at 00:00:41:07.'] },
        { ...base, name: 'take-20261125-095100', word: 'FAIL', started_us: Date.now() * 1000 - 3 * hour, length_s: 3725, dropped: 212, missing: ['cam2'], reasons: ['cam2 has not answered: nothing is known of its recording.', 'The nodes do not have the same number of frames: cam1 1872, cam3 1660.'] },
        { ...base, name: 'take-20261125-090000', word: null, state: 'incomplete', started_us: Date.now() * 1000 - 4 * hour, length_s: null, frames: null, worst_skew_us: null, dropped: null, repeated: null },
    ];
}

export function takeDetail(take: Take): TakeDetail {
    if (take.word === null) return { ...take, verdict: null, files: [] };
    const href = (file: string) => `/api/v1/takes/${take.name}/files/${file}`;
    return {
        ...take,
        verdict: {
            take: take.name,
            frame_counts_equal: true,
            start_skew_us: 22_300,
            stop_skew_us: 22_400,
            skew: { indices: 117, median_us: 22_310, p99_us: 22_700, worst_us: 22_900, worst_index: 139, worst_bound_us: 23_000, earliest: 'cam2', latest: 'cam1' },
            clock_error_us: 10,
            nodes: take.nodes.map(
                (node, i): NodeVerdict => ({ take: take.name, node, fps: '30', word: take.word ?? 'PASS', reasons: [], expected: 1872, recorded: 1872, repeated: 0, duplicates: 0, late: 0, dropped: 0, first_residual_ns: 11.2e6 * (1 - i), last_residual_ns: 11.3e6 * (1 - i), worst_residual_ns: 11.9e6 * (1 - i), worst_index: 139, clock_error_ns: i * 3_000, clock_state: i === 0 ? 'leader' : 'synchronised', sensor_ppb: 35_100 - i * 22_000, phase: 'free-running', error: null }),
            ),
        },
        files: [
            { node: 'cam2', name: 'cam2.mp4', kind: 'video', bytes: 62_412_331, href: href('cam2.mp4') },
            { node: 'cam2', name: 'cam2.frames.csv', kind: 'sidecar', bytes: 120_211, href: href('cam2.frames.csv') },
            { node: 'cam2', name: 'cam2.json', kind: 'manifest', bytes: 4_123, href: href('cam2.json') },
            { node: null, name: 'take.json', kind: 'take', bytes: 9_876, href: href('take.json') },
        ],
    };
}

export function takeSkew(): Skew {
    const points = Array.from({ length: 1872 }, (_, i) => i / 30);
    const nodes = [1, 0, -1].map((place, n) => ({ node: `cam${n + 1}`, residual_us: points.map((_, i) => (i % 400 === 399 ? null : place * 11_200 + Math.sin(i / 40 + n) * 220 + Math.sin(i * 12.9 + n * 7) * 90)) }));
    const spread_us = points.map((_, i) => {
        const there = nodes.map((node) => node.residual_us[i]).filter((value): value is number => value != null);
        return there.length < 2 ? null : Math.max(...there) - Math.min(...there);
    });
    return { rate: '30', source: 'sidecars', points, nodes, spread_us };
}
