import type { Group, Node, Word } from './api';
import type { Phase } from './connection';

export type Shown = 'connecting' | 'lost' | 'idle' | 'ready' | 'armed' | 'recording' | 'stopping' | 'error';

/** The one word for the whole group, and the symbol beside it: colour is never the only sign. */
export const words: Record<Shown, string> = {
    connecting: 'Connecting',
    lost: 'No contact',
    idle: 'Idle',
    ready: 'Ready',
    armed: 'Armed',
    recording: 'Recording',
    stopping: 'Stopping',
    error: 'Error',
};

/** What is not known to be true now is not shown as if it were. */
export function shown(phase: Phase, group: Group | null): Shown {
    if (phase === 'lost') return 'lost';
    if (phase !== 'live' || group === null) return 'connecting';
    return group.state;
}

export type NodeShown = 'lost' | Node['state'];

export const nodeWords: Record<NodeShown, string> = { lost: 'Lost', idle: 'Idle', ready: 'Ready', recording: 'Recording', error: 'Error' };

export function nodeShown(node: Node): NodeShown {
    return node.lost ? 'lost' : node.state;
}

/** PASS, WARN or FAIL however it is spelt; null for a verdict that is not there. */
export function verdictWord(word: string | null | undefined): Word | null {
    const upper = word?.toUpperCase();
    return upper === 'PASS' || upper === 'WARN' || upper === 'FAIL' ? upper : null;
}
