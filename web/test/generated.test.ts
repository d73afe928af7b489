import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generate } from 'openapi-typescript-codegen';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** The executable that ./dev test has built. */
const binary = process.env['RECORD_SYNCD_BINARY'];
const patience = 60_000;

// as the generator writes it: whoever makes a client of docs/openapi.json has these
interface Generated {
    OpenAPI: { BASE: string };
    ApiError: new (...args: never[]) => Error;
    GroupService: { getGroup(): Promise<{ state: string; can_start: boolean; take?: { name: string } | null }> };
    CommandsService: {
        start(options: { requestBody: { delay_ms?: number; label?: string } }): Promise<Outcome>;
        stop(options: { requestBody: { delay_ms?: number } }): Promise<Outcome>;
    };
    TakesService: { getTakes(): Promise<{ name: string; state: string; word?: string | null }[]> };
}

interface Outcome {
    command: string;
    take?: string | null;
    nodes: { node: string; outcome: string }[];
}

/** Real takes, asked for through a client that a generator has made of the API's description. */
describe.skipIf(!binary)('a client generated from docs/openapi.json', () => {
    // what is imported has to lie where the tests do
    const here = fileURLToPath(new URL('.', import.meta.url));
    let folder: string, made: string, node: ChildProcess, client: Generated;

    beforeAll(async () => {
        folder = await mkdtemp(join(tmpdir(), 'record-syncd-client-'));
        const group = `239.255.${1 + Math.floor(Math.random() * 250)}.${1 + Math.floor(Math.random() * 250)}:${20_000 + Math.floor(Math.random() * 12_000)}`;
        const camera = ['--camera', 'test', '--size', '320x240', '--bitrate', '400'];
        node = spawn(binary!, ['--role', 'leader', '--node-id', 'cam1', '--interface', 'lo', '--group', group, '--http', '127.0.0.1:0', '--output', join(folder, '{take}', '{node}.mp4'), ...camera], { stdio: ['pipe', 'pipe', 'inherit'] });
        const page = await new Promise<string>((found, failed) => {
            let said = '';
            node.stdout!.on('data', (text: Buffer) => {
                said += text.toString();
                const line = /page: (http:\S+)/.exec(said);
                if (line) found(line[1]!);
            });
            node.on('exit', (code) => failed(new Error(`the node ended with ${code}: ${said}`)));
        });
        made = await mkdtemp(join(here, '.generated-'));
        await generate({ input: join(here, '../../docs/openapi.json'), output: made, httpClient: 'fetch', useOptions: true });
        client = (await import(/* @vite-ignore */ join(made, 'index.ts'))) as Generated;
        client.OpenAPI.BASE = page.replace(/\/$/, '');
    }, patience);

    afterAll(async () => {
        const gone = new Promise((done) => node.on('exit', done));
        node.stdin!.end();
        await gone;
        await rm(folder, { recursive: true });
        await rm(made, { recursive: true });
    }, patience);

    /** Asks until it is so. */
    async function until<T>(ask: () => Promise<T>, holds: (answer: T) => boolean): Promise<T> {
        for (;;) {
            const answer = await ask();
            if (holds(answer)) return answer;
            await new Promise((next) => setTimeout(next, 50));
        }
    }

    it('starts and stops a take and lists it', { timeout: patience }, async () => {
        const refusal = await client.CommandsService.stop({ requestBody: {} }).catch((error: unknown) => error);
        expect(refusal).toBeInstanceOf(client.ApiError);
        expect((refusal as { body: { detail: string } }).body.detail).toBe('nothing is being recorded: there is nothing to stop');

        await until(client.GroupService.getGroup, (group) => group.can_start);
        const started = await client.CommandsService.start({ requestBody: { delay_ms: 500, label: 'client' } });
        expect(started).toMatchObject({ command: 'start', nodes: [{ node: 'cam1', outcome: 'acknowledged' }] });
        expect(started.take).toMatch(/-client$/);
        await until(client.GroupService.getGroup, (group) => group.state === 'recording');
        const stopped = await client.CommandsService.stop({ requestBody: { delay_ms: 300 } });
        expect(stopped).toMatchObject({ command: 'stop', take: started.take });
        const takes = await until(client.TakesService.getTakes, (all) => all.some((take) => take.state === 'complete'));
        expect(takes.map((take) => take.name)).toEqual([started.take]);
    });
});
