import type { Outcome, Refusal } from './api';
import { list } from './format';

/** Who has not acknowledged. */
export function silent(outcome: Outcome): Outcome['nodes'] {
    return outcome.nodes.filter((one) => one.outcome !== 'acknowledged');
}

/** What came of a START or STOP, in one sentence. */
export function described(outcome: Outcome): string {
    const rest = silent(outcome);
    const all = outcome.nodes.length;
    const did = `${outcome.take ?? 'The take'} ${outcome.command === 'start' ? 'starts' : 'ends'}`;
    if (rest.length === 0) return `${did}: ${all === 1 ? 'the node has' : `all ${all} nodes have`} acknowledged.`;
    return `${did}: ${all - rest.length} of ${all} nodes have acknowledged, not ${list(rest.map((one) => one.node))}.`;
}

/** Who leads may tell the others' reasons once more, as its own. */
export function withoutEchoes(reasons: readonly Refusal[]): Refusal[] {
    return reasons.filter((one) => !reasons.some((other) => other !== one && other.reason.length < one.reason.length && one.reason.includes(other.reason)));
}
