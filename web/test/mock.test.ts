import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MockNode } from '../mock/node';

describe('the made-up node', () => {
    const node = new MockNode(0);
    let server: Server;
    let base = '';

    beforeAll(async () => {
        server = createServer((request, response) => void node.handle(request, response).then((answered) => answered || response.writeHead(404).end()));
        await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
        base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1`;
    });
    afterAll(async () => {
        node.close();
        server.closeAllConnections();
        await new Promise((closed) => server.close(closed));
    });

    const post = (path: string, body: unknown = {}) => fetch(base + path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });

    it('replays its notices and tells the group on connecting', async () => {
        const answer = await fetch(`${base}/events`);
        const reader = answer.body?.getReader() ?? expect.fail('a stream has a body');
        let text = '';
        while (!text.includes('event: group')) text += new TextDecoder().decode((await reader.read()).value);
        expect(text.indexOf('event: notice')).toBeGreaterThanOrEqual(0);
        expect(text.indexOf('event: notice')).toBeLessThan(text.indexOf('event: group'));
        await reader.cancel();
    });

    it('refuses a START with a reason per node, and obeys a forced one', async () => {
        await post('/mock', { scenario: 'refuse' });
        const refused = await post('/start', { label: null, force: false });
        expect(refused.status).toBe(409);
        expect(((await refused.json()) as { reasons: { node: string }[] }).reasons.map((one) => one.node)).toEqual(['cam3']);
        const forced = (await (await post('/start', { label: null, force: true })).json()) as { nodes: { outcome: string }[] };
        expect(forced.nodes.map((one) => one.outcome)).toEqual(['acknowledged', 'acknowledged', 'refused']);
        expect((await post('/stop')).status).toBe(200);
    });

    it('examines a node, one examination for all who ask, and tries nothing while a take runs', async () => {
        const look = async () => (await (await fetch(`${base}/nodes/cam3/doctor`)).json()) as { node: string; state: string };
        expect(await look()).toMatchObject({ node: 'cam3', state: 'never' });
        await post('/start', { label: null, force: false });
        expect((await post('/nodes/cam3/doctor', { trials: true })).status).toBe(409);
        expect((await post('/stop')).status).toBe(200);
        expect((await post('/nodes/cam3/doctor', { trials: false })).status).toBe(202);
        expect(await look()).toMatchObject({ state: 'running', trials: false });
    });

    it('names a camera that cannot be what is asked, and goes on without it where it must', async () => {
        await post('/mock', { scenario: 'cannot' });
        const settings = { size: '256x192', fps: '15', bitrate: null, lock_exposure: false, lock_white_balance: false };
        const refused = await post('/start', { label: null, force: false, settings });
        expect(refused.status).toBe(409);
        expect(((await refused.json()) as { reasons: unknown[] }).reasons).toEqual([{ node: 'cam3', reason: 'this camera gives 1280x720 and no 256x192' }]);
        expect((await post('/start', { label: null, force: true, settings })).status).toBe(200);
        expect(((await (await fetch(`${base}/group`)).json()) as { take: unknown }).take).toMatchObject({ rate: '15', settings });
        expect((await post('/stop')).status).toBe(200);
    });

    it('asks for a token, and takes the right one', async () => {
        await post('/mock', { scenario: 'token' });
        expect((await fetch(`${base}/group`)).status).toBe(401);
        expect((await post('/session', { token: 'wrong' })).status).toBe(401);
        const right = await post('/session', { token: 'mock' });
        expect(right.status).toBe(204);
        expect((await fetch(`${base}/group`, { headers: { cookie: right.headers.get('set-cookie')?.split(';')[0] ?? '' } })).status).toBe(200);
        await post('/mock', { scenario: 'fine' });
    });
});
