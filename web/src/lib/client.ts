import type { Examination, Group, Outcome, Problem as Told, Refusal, Skew, Take, TakeDetail, TakeSettings } from './api';

const root = '/api/v1';

const usualMs = 20_000;

/** A node answers a START within 15 s and the delay of it, which is 5 s where cameras are asked for something: its word, not the page's impatience, is to be shown. */
const startMs = 30_000;

/** What a START says of its take. */
export interface Wish {
    readonly label: string | null;
    readonly settings: TakeSettings | null;
}

/** What went wrong, in the node's own sentence, or in one that says that the node was not reached. */
export class Problem extends Error {
    constructor(
        readonly status: number,
        message: string,
        readonly reasons: readonly Refusal[] = [],
    ) {
        super(message);
    }
}

async function call(method: string, path: string, body?: unknown, limitMs = usualMs): Promise<Response> {
    let answer: Response;
    try {
        answer = await fetch(root + path, {
            method,
            ...(body === undefined ? {} : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
            signal: AbortSignal.timeout(limitMs),
        });
    } catch (fault) {
        if (fault instanceof DOMException && fault.name === 'TimeoutError') throw new Problem(0, `The node has not answered for ${limitMs / 1000} s: look at the state and the events before you try again.`);
        throw new Problem(0, 'The node cannot be reached: is it running, and is this device on its network?');
    }
    if (!answer.ok) throw await problem(answer);
    return answer;
}

async function problem(answer: Response): Promise<Problem> {
    try {
        const told = (await answer.json()) as Partial<Told>;
        return new Problem(answer.status, told.detail ?? told.title ?? `The node answered ${answer.status}.`, told.reasons ?? []);
    } catch {
        return new Problem(answer.status, `The node answered ${answer.status}.`);
    }
}

async function get<T>(path: string): Promise<T> {
    return (await (await call('GET', path)).json()) as T;
}

async function post<T>(path: string, body: unknown = {}, limitMs?: number): Promise<T> {
    return (await (await call('POST', path, body, limitMs)).json()) as T;
}

const part = encodeURIComponent;

export const eventsPath = `${root}/events`;
export const previewPath = (node: string) => `${root}/nodes/${part(node)}/preview.mjpeg`;

export const group = () => get<Group>('/group');
export const start = (wish: Wish, force: boolean) => post<Outcome>('/start', { ...wish, force }, startMs);
export const stop = () => post<Outcome>('/stop');
export const forget = async (node: string) => void (await call('POST', `/nodes/${part(node)}/forget`, {}));
export const takes = () => get<Take[]>('/takes');
export const take = (name: string) => get<TakeDetail>(`/takes/${part(name)}`);
export const skew = (name: string) => get<Skew>(`/takes/${part(name)}/skew`);
export const askVerdict = async (name: string) => void (await call('POST', `/takes/${part(name)}/verdict`, {}));
export const examination = (node: string) => get<Examination>(`/nodes/${part(node)}/doctor`);
export const examine = (node: string, trials: boolean) => post<Examination>(`/nodes/${part(node)}/doctor`, { trials });
export const signIn = async (token: string) => void (await call('POST', '/session', { token }));
export const signOut = async () => void (await call('DELETE', '/session', {}));
