import type { Take } from './api';
import * as client from './client';
import { Problem } from './client';

const asked = new Set<string>();

/**
 * The leader gathers a take's verdicts by itself; any other node when it is asked to. So the page asks, once for a take that it has seen the end of
 * or that is opened, and whoever looks needs not know which node leads.
 */
export async function askWhereNobodyHas(take: Take): Promise<void> {
    if (take.word !== null || take.state === 'recording' || asked.has(take.name)) return;
    asked.add(take.name);
    try {
        await client.askVerdict(take.name);
    } catch (fault) {
        // nobody wanted this yet; who does has a button for it, which says what is wrong
        if (!(fault instanceof Problem)) throw fault;
    }
}
