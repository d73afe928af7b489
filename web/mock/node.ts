import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Notice, Outcome, TakeSettings } from '../src/lib/api';
import { MockDoctor } from './doctor';
import { MockGroup } from './group';
import { mockTakes, takeDetail, takeSkew } from './takes';

/**
 * A node that is made up: the HTTP side of docs/openapi.json in front of a group that exists nowhere. For developing the page without cameras, and
 * for trying what is hard to bring about with real ones: POST /api/v1/mock {"scenario": "refuse" | "cannot" | "dead-leader" | "silence" | "token" | "fine"}.
 */
export class MockNode {
    readonly group = new MockGroup();
    readonly #doctor = new MockDoctor();
    #streams = new Set<ServerResponse>();
    #notices: Notice[] = [];
    #takes = mockTakes();
    #wantsToken = false;
    #silent = false;
    #timer: ReturnType<typeof setInterval> | null = null;

    /** @param settingMs How long its cameras take to become what a START asks. */
    constructor(readonly settingMs = 3_000) {
        for (const text of ['camera ready: test pattern 1280x720 at 30/s', 'cam3 joined, 192.168.7.13', 'cam1 leads (term 7)']) this.#note('info', text);
        this.#note('warning', 'cam3: the disk lasts 38 min');
    }

    /** Answers what is under /api; false: not for this node. */
    async handle(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
        const url = new URL(request.url ?? '/', 'http://mock');
        if (!url.pathname.startsWith('/api/v1/')) return false;
        const body = await read(request);
        const path = url.pathname.slice('/api/v1/'.length).split('/').map(decodeURIComponent);
        if (this.#wantsToken && path[0] !== 'session' && path[0] !== 'mock' && !request.headers.cookie?.includes('record_syncd_session=')) {
            problem(response, 401, 'A token is needed', 'Sign in with the token of this node.');
            return true;
        }
        this.#answer(request.method ?? 'GET', path, body, response);
        return true;
    }

    close(): void {
        if (this.#timer !== null) clearInterval(this.#timer);
        for (const stream of this.#streams) stream.end();
    }

    #answer(method: string, [what, name, part]: string[], body: Record<string, unknown>, response: ServerResponse): void {
        switch (`${method} ${what}${name === undefined ? '' : '/*'}${part === undefined ? '' : `/${part}`}`) {
            case 'GET group':
                return json(response, this.group.snapshot());
            case 'GET nodes':
                return json(response, this.group.snapshot().nodes);
            case 'GET events':
                return this.#listen(response);
            case 'POST start':
                return void this.#start(body, response);
            case 'POST stop':
                return this.#stop(response);
            case 'POST nodes/*/forget':
                this.group.forget(name ?? '');
                this.#tell();
                return void response.writeHead(204).end();
            case 'GET nodes/*/doctor':
                return json(response, this.#doctor.examination(name ?? ''));
            case 'POST nodes/*/doctor': {
                const take = this.group.snapshot().take;
                if (take !== null && body['trials'] !== false) return problem(response, 409, 'Conflict', `take ${take.name} is being recorded: encoder, container and disk are not tried meanwhile. Examine without the trials, or when the take has ended`);
                return json(response, this.#doctor.examine(name ?? '', body['trials'] !== false), 202);
            }
            case 'GET takes':
                return json(response, this.#takes);
            case 'GET takes/*': {
                const take = this.#takes.find((one) => one.name === name);
                return take === undefined ? problem(response, 404, 'No such take', `There is no take ${name} here.`) : json(response, takeDetail(take));
            }
            case 'GET takes/*/skew':
                return json(response, takeSkew());
            case 'POST takes/*/verdict':
                return json(response, {}, 202);
            case 'POST session':
                if (body['token'] !== 'mock') return problem(response, 401, 'Not the token', 'This is not the token of this node.');
                return void response.writeHead(204, { 'Set-Cookie': 'record_syncd_session=mock; HttpOnly; SameSite=Strict; Path=/' }).end();
            case 'DELETE session':
                return void response.writeHead(204, { 'Set-Cookie': 'record_syncd_session=; Max-Age=0; Path=/' }).end();
            case 'POST mock':
                this.#play(String(body['scenario']));
                return void response.writeHead(204).end();
            default:
                return problem(response, 404, 'Not found', 'The made-up node has no such thing.');
        }
    }

    #play(scenario: string): void {
        this.#silent = scenario === 'silence';
        this.#wantsToken = scenario === 'token';
        this.group.scenario = scenario;
        if (scenario === 'dead-leader') {
            this.#note('warning', 'cam1 is lost: nothing heard for three beacons');
            this.#note('info', 'cam2 leads (term 8)');
        }
        if (scenario === 'token') {
            for (const stream of this.#streams) stream.end();
            this.#streams.clear();
        }
        this.#tell();
    }

    async #start(body: Record<string, unknown>, response: ServerResponse): Promise<void> {
        const settings = (body['settings'] ?? null) as TakeSettings | null;
        if (settings !== null) await new Promise((set) => setTimeout(set, this.settingMs));
        const reasons = [...this.group.refusals(), ...this.group.cannot(settings)];
        if (reasons.length > 0 && body['force'] !== true) {
            return problem(response, 409, 'Refused', `START refused: ${reasons.map((one) => `${one.node} (${one.reason})`).join(', ')}.`, reasons);
        }
        const { take, targetUs } = this.group.start(settings);
        this.#note('info', `START of ${take} in 2 s`);
        this.#tell();
        const nodes = this.group.snapshot().nodes.map((node) => {
            const reason = reasons.find((one) => one.node === node.id)?.reason;
            return reason === undefined ? { node: node.id, outcome: 'acknowledged', reason: null } : { node: node.id, outcome: 'refused', reason };
        });
        json(response, { command: 'start', take, target_us: targetUs, nodes } satisfies Outcome);
    }

    #stop(response: ServerResponse): void {
        const stopped = this.group.stop();
        if (stopped === null) return problem(response, 409, 'Nothing to stop', 'No take is running.');
        this.#note('info', `STOP of ${stopped.take} in 1 s`);
        this.#tell();
        json(response, { command: 'stop', take: stopped.take, target_us: stopped.targetUs, nodes: this.group.snapshot().nodes.map((node) => ({ node: node.id, outcome: 'acknowledged', reason: null })) } satisfies Outcome);
    }

    #listen(response: ServerResponse): void {
        response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
        this.#streams.add(response);
        response.on('close', () => this.#streams.delete(response));
        response.flushHeaders();
        if (!this.#silent) {
            for (const notice of this.#notices) response.write(frame('notice', notice, notice.id));
            response.write(frame('group', this.group.snapshot()));
        }
        this.#timer ??= setInterval(() => {
            const ended = this.group.step();
            if (ended !== null) {
                this.#takes = [ended, ...this.#takes];
                this.#note('info', `${ended.name}: PASS`);
                this.#send('takes', {});
            }
            this.#tell();
        }, 500);
    }

    #note(level: Notice['level'], text: string): void {
        const notice: Notice = { id: this.#notices.length + 1, at_us: Date.now() * 1000, level, text, node: 'cam2' };
        this.#notices.push(notice);
        this.#send('notice', notice, notice.id);
    }

    #tell(): void {
        this.#send('group', this.group.snapshot());
    }

    #send(event: string, data: unknown, id?: number): void {
        if (this.#silent) return;
        for (const stream of this.#streams) stream.write(frame(event, data, id));
    }
}

function frame(event: string, data: unknown, id?: number): string {
    return `event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`;
}

function json(response: ServerResponse, value: unknown, status = 200): void {
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(value));
}

function problem(response: ServerResponse, status: number, title: string, detail: string, reasons?: unknown): void {
    response.writeHead(status, { 'Content-Type': 'application/problem+json' }).end(JSON.stringify({ type: 'about:blank', title, status, detail, reasons }));
}

async function read(request: IncomingMessage): Promise<Record<string, unknown>> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const text = Buffer.concat(parts).toString();
    return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
}
