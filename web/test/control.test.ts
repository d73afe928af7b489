import { beforeEach, describe, expect, it, vi } from 'vitest';
import { control } from '../src/lib/control.svelte';

interface Sent {
    readonly label: string | null;
    readonly force: boolean;
    readonly settings: unknown;
}

const asks = { size: '1280x720', fps: '60', bitrate: null, lock_exposure: false, lock_white_balance: false };
const accepted = () => Response.json({ command: 'start', take: 'take-1', target_us: 1, nodes: [{ node: 'cam1', outcome: 'acknowledged', reason: null }] });
const refused = (status: number, detail: string, reasons?: unknown) => Response.json({ type: 'about:blank', title: 'Refused', status, detail, reasons }, { status });

describe('a START with something to ask of the cameras', () => {
    const send = vi.fn<(path: string, options: RequestInit) => Promise<Response>>();
    const sent = (call: number) => JSON.parse(send.mock.calls[call]?.[1].body as string) as Sent;

    beforeEach(() => {
        vi.stubGlobal('fetch', send);
        send.mockReset();
        control.askNothing();
        control.dismiss();
        control.label = '';
    });

    it('asks nothing where nothing is typed', async () => {
        send.mockResolvedValueOnce(accepted());
        await control.start();
        expect(sent(0)).toEqual({ label: null, force: false, settings: null });
    });

    it('says what the cameras are being set to as long as the answer is waited for', async () => {
        control.ask({ size: '1280x720', fps: '60' });
        let answer = (_: Response) => {};
        send.mockReturnValueOnce(new Promise((come) => (answer = come)));
        const started = control.start();
        expect(control.setting).toEqual(asks);
        answer(accepted());
        await started;
        expect(control.setting).toBeNull();
    });

    it('keeps it for the next take, and not the label', async () => {
        send.mockResolvedValueOnce(accepted());
        control.ask({ size: '1280x720', fps: '60' });
        control.label = 'try-1';
        await control.start();
        expect(sent(0)).toEqual({ label: 'try-1', force: false, settings: asks });
        expect(control.asked.settings).toEqual(asks);
        expect(control.label).toBe('');
    });

    it('sends nothing while something makes no sense', async () => {
        control.ask({ size: '1281x720' });
        await control.start();
        expect(send).not.toHaveBeenCalled();
    });

    it('says all the same what it had said, whatever has been typed since', async () => {
        send.mockResolvedValueOnce(refused(409, 'START withdrawn', [{ node: 'cam2', reason: 'it cannot' }])).mockResolvedValueOnce(accepted());
        control.ask({ size: '1280x720', fps: '60' });
        control.label = 'try-1';
        await control.start();
        expect(control.refused?.reasons).toEqual([{ node: 'cam2', reason: 'it cannot' }]);
        control.ask({ size: '', fps: '30' });
        await control.startAllTheSame();
        expect(sent(1)).toEqual({ label: 'try-1', force: true, settings: asks });
        expect(control.refused).toBeNull();
    });

    it('can be given all the same once more, where cameras were still going back', async () => {
        send.mockResolvedValueOnce(refused(409, 'START withdrawn')).mockResolvedValueOnce(refused(409, 'not started: the camera is not ready yet')).mockResolvedValueOnce(accepted());
        control.ask({ size: '1280x720', fps: '60' });
        await control.start();
        await control.startAllTheSame();
        await control.startAllTheSame();
        expect(sent(2)).toEqual({ label: null, force: true, settings: asks });
    });

    it('is not given all the same where the node makes no sense of it', async () => {
        send.mockResolvedValueOnce(refused(400, 'no such size'));
        control.ask({ size: '1280x720' });
        await control.start();
        expect(control.refused).toMatchObject({ sentence: 'no such size', again: null });
        await control.startAllTheSame();
        expect(send).toHaveBeenCalledTimes(1);
    });

    it('waits longer than the node does, and says so when nothing has come', async () => {
        const limit = vi.spyOn(AbortSignal, 'timeout');
        control.ask({ size: '1280x720' });
        send.mockRejectedValueOnce(new DOMException('late', 'TimeoutError'));
        await control.start();
        // Commands.Patience, 15 s, and the delay of a START that asks something of cameras, 5 s
        expect(limit.mock.calls[0]?.[0]).toBeGreaterThan(15_000 + 5_000);
        expect(control.refused?.sentence).toMatch(/^The node has not answered for 30 s/);
        limit.mockRestore();
    });
});
