import type { Notice } from './api';

const most = 400;

/**
 * What the page already shows, and what a stream brings: a stream that is opened anew replays what it told before, and a node that was started
 * anew counts from one again.
 * @returns The list with the new one at its end, or null where it is known.
 */
export function withNotice(known: readonly Notice[], notice: Notice): Notice[] | null {
    if (known.some((one) => one.id === notice.id && one.at_us === notice.at_us && one.text === notice.text)) return null;
    return [...known.slice(-(most - 1)), notice];
}
