import type { Finding, FindingVerdict, Link } from './api';
import { count, difference, unknown } from './format';

/** Findings of one kind, in the order in which the doctor tells them. */
export interface Area {
    readonly name: string;
    readonly findings: readonly Finding[];
}

/** The word of a finding: colour and symbol are never the only sign. */
export const findingWords: Record<FindingVerdict, string> = { problem: 'To mend', warning: 'Warning', skipped: 'Not tried', ok: 'Fine' };

const areas: Record<string, string> = { here: 'Nodes of this machine', network: 'Network', clock: 'Clock', camera: 'Camera', encoder: 'Encoder', disk: 'Disk', machine: 'Machine' };

export const areaTitle = (name: string): string => areas[name] ?? name;

export function counted(findings: readonly Finding[]): Record<FindingVerdict, number> {
    const counts = { problem: 0, warning: 0, skipped: 0, ok: 0 };
    for (const finding of findings) counts[finding.verdict]++;
    return counts;
}

/** What weighs most; that something was not tried does not. */
export function worst(findings: readonly Finding[]): FindingVerdict {
    const counts = counted(findings);
    return counts.problem > 0 ? 'problem' : counts.warning > 0 ? 'warning' : 'ok';
}

/** "3 to mend, 2 warnings, 24 fine". */
export function summary(findings: readonly Finding[]): string {
    const { problem, warning, skipped, ok } = counted(findings);
    const parts = [
        problem > 0 ? `${problem} to mend` : '',
        warning > 0 ? `${warning} ${warning === 1 ? 'warning' : 'warnings'}` : '',
        `${ok} fine`,
        skipped > 0 ? `${skipped} not tried` : '',
    ];
    return `${problem + warning === 0 ? 'All is well: ' : ''}${parts.filter((part) => part !== '').join(', ')}`;
}

/** As the command shows them, area by area; what is fine apart from the rest. */
export function arranged(findings: readonly Finding[]): { open: Area[]; fine: Area[] } {
    return { open: grouped(findings.filter((finding) => finding.verdict !== 'ok')), fine: grouped(findings.filter((finding) => finding.verdict === 'ok')) };
}

function grouped(findings: readonly Finding[]): Area[] {
    const byArea = new Map<string, Finding[]>();
    for (const finding of findings) byArea.set(finding.area, [...(byArea.get(finding.area) ?? []), finding]);
    return [...byArea].map(([name, own]) => ({ name, findings: own }));
}

/** How long the median packet waited there and back beyond the quickest; unknown where the other's clock was not told. */
export function waits(link: Link): string {
    return link.forward_wait_ns === null || link.backward_wait_ns === null ? unknown : `${difference(link.forward_wait_ns)}, ${difference(link.backward_wait_ns)}`;
}

export function lost(link: Link): string {
    return `${count(link.asked - link.answered)} of ${count(link.asked)}`;
}
