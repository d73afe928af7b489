import { describe, expect, it } from 'vitest';
import type { Finding, FindingVerdict, Link } from '../src/lib/api';
import { arranged, counted, lost, summary, waits, worst } from '../src/lib/doctor';

const finding = (verdict: FindingVerdict, area = 'network', check: string = verdict): Finding => ({ area, check, verdict, evidence: 'so it is', remedy: verdict === 'ok' ? null : 'mend it' });
const many = (verdict: FindingVerdict, count: number) => Array.from({ length: count }, () => finding(verdict));

describe('the summary of an examination', () => {
    it('counts what is to mend, what warns, what is fine and what was not tried', () => {
        const findings = [...many('problem', 3), ...many('ok', 24), ...many('warning', 2), ...many('skipped', 4)];
        expect(counted(findings)).toEqual({ problem: 3, warning: 2, skipped: 4, ok: 24 });
        expect(summary(findings)).toBe('3 to mend, 2 warnings, 24 fine, 4 not tried');
    });

    it('says that all is well only where nothing is wrong', () => {
        expect(summary(many('ok', 31))).toBe('All is well: 31 fine');
        expect(summary([...many('ok', 30), finding('skipped')])).toBe('All is well: 30 fine, 1 not tried');
        expect(summary([...many('ok', 30), finding('warning')])).toBe('1 warning, 30 fine');
        expect(summary([finding('problem')])).toBe('1 to mend, 0 fine');
    });

    it('is as bad as its worst finding, and no worse for what was not tried', () => {
        expect(worst([finding('ok'), finding('problem'), finding('warning')])).toBe('problem');
        expect(worst([finding('ok'), finding('warning'), finding('skipped')])).toBe('warning');
        expect(worst([finding('ok'), finding('skipped')])).toBe('ok');
        expect(worst([])).toBe('ok');
    });
});

describe('the order of the findings', () => {
    it("is the doctor's own, area by area, with what is fine apart", () => {
        const findings = [finding('ok', 'here', 'a'), finding('warning', 'network', 'b'), finding('ok', 'network', 'c'), finding('problem', 'network', 'd'), finding('skipped', 'disk', 'e'), finding('ok', 'disk', 'f')];
        const names = (areas: ReturnType<typeof arranged>['open']) => areas.map((area) => `${area.name}: ${area.findings.map((one) => one.check).join(' ')}`);
        expect(names(arranged(findings).open)).toEqual(['network: b d', 'disk: e']);
        expect(names(arranged(findings).fine)).toEqual(['here: a', 'network: c', 'disk: f']);
    });
});

describe('the way to another node', () => {
    const link: Link = { node: 'cam1', asked: 60, answered: 57, reordered: 0, least_delay_ns: 301_000, median_delay_ns: 352_000, most_delay_ns: 2_100_000, forward_wait_ns: 42_000, backward_wait_ns: 318_000 };

    it('is told by what was lost and by how long each direction waits', () => {
        expect(lost(link)).toBe('3 of 60');
        expect(waits(link)).toBe('42.0 µs, 318 µs');
    });

    it('has no direction where the clock of the other was not told', () => {
        expect(waits({ ...link, forward_wait_ns: null })).toBe('–');
        expect(lost({ ...link, asked: 0, answered: 0 })).toBe('0 of 0');
    });
});
