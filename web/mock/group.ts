import type { Group, Node, Refusal, RunningTake, Take, TakeSettings } from '../src/lib/api';

const frameUs = 1e6 / 30;

/** Three cameras that exist nowhere, their clocks and the take that they pretend to record. */
export class MockGroup {
    scenario = 'fine';
    #take: RunningTake | null = null;
    #forgotten = new Set<string>();
    readonly #since = Date.now() * 1000;

    snapshot(): Group {
        const now = Date.now() * 1000;
        const dead = this.scenario === 'dead-leader';
        const refusals = this.refusals();
        const phase = this.#phase(now);
        const nodes = ['cam1', 'cam2', 'cam3'].filter((id) => !this.#forgotten.has(id)).map((id) => this.#node(id, now, refusals));
        return {
            self: 'cam2',
            version: '2.0.0',
            host: 'box-2',
            leader: dead ? 'cam2' : 'cam1',
            term: dead ? 'term 8' : 'term 7',
            timescale: '1f',
            group: '239.255.42.99:9942',
            interface: 'eth0',
            state: phase ?? (refusals.length > 0 ? 'idle' : 'ready'),
            sentence: phase !== null ? `${nodes.length} cameras are in the take.` : refusals.length > 0 ? refusals.map((one) => `${one.node}: ${one.reason}`).join('; ') : 'All 3 cameras are ready.',
            can_start: phase === null && refusals.length === 0,
            can_stop: phase === 'recording' || phase === 'armed',
            now_us: now,
            take: this.#take === null || phase === null ? null : { ...this.#take, phase },
            nodes,
        };
    }

    refusals(): Refusal[] {
        if (this.scenario === 'refuse') return [{ node: 'cam3', reason: 'the disk lasts 4 min, and --min-record-time is 10min: delete or move old takes' }];
        return this.scenario === 'dead-leader' && !this.#forgotten.has('cam1') ? [{ node: 'cam1', reason: 'lost' }] : [];
    }

    /** What cam3 says of settings for a take. */
    cannot(settings: TakeSettings | null): Refusal[] {
        return this.scenario === 'cannot' && settings?.size != null ? [{ node: 'cam3', reason: `this camera gives 1280x720 and no ${settings.size}` }] : [];
    }

    start(settings: TakeSettings | null): { take: string; targetUs: number } {
        const start = Date.now() * 1000 + 2_000_000;
        const name = `take-${new Date().toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-')}`;
        this.#take = { name, phase: 'armed', rate: settings?.fps ?? '30', start_us: start, stop_us: null, settings };
        return { take: name, targetUs: start };
    }

    stop(): { take: string; targetUs: number } | null {
        if (this.#take === null) return null;
        this.#take.stop_us = Date.now() * 1000 + 1_000_000;
        return { take: this.#take.name, targetUs: this.#take.stop_us };
    }

    forget(id: string): void {
        this.#forgotten.add(id);
    }

    /** The take that has ended since this was last asked. */
    step(): Take | null {
        const take = this.#take;
        if (take?.stop_us == null || Date.now() * 1000 < take.stop_us) return null;
        this.#take = null;
        const seconds = (take.stop_us - take.start_us) / 1e6;
        return { name: take.name, label: null, started_us: take.start_us, length_s: seconds, frames: Math.floor(seconds * 30), rate: '30', state: 'complete', word: 'PASS', reasons: [], worst_skew_us: 11_204, dropped: 0, repeated: 0, nodes: ['cam1', 'cam2', 'cam3'], missing: [] };
    }

    #phase(now: number): RunningTake['phase'] | null {
        if (this.#take === null) return null;
        if (this.#take.stop_us != null) return 'stopping';
        return now < this.#take.start_us ? 'armed' : 'recording';
    }

    #node(id: string, now: number, refusals: readonly Refusal[]): Node {
        const i = Number(id.slice(3));
        const dead = this.scenario === 'dead-leader';
        const lost = dead && id === 'cam1';
        const leads = id === (dead ? 'cam2' : 'cam1');
        const reason = lost ? null : (refusals.find((one) => one.node === id)?.reason ?? null);
        const take = this.#take;
        const recording = take !== null && reason === null && now >= take.start_us;
        // half seconds since the group was made
        const steps = (now - this.#since) / 5e5;
        const wander = Math.sin(steps / (7 + i)) * 180 + Math.sin(steps / 3.1) * 60;
        return {
            id,
            self: id === 'cam2',
            role: leads ? 'leader' : 'follower',
            leads,
            version_one: false,
            lost,
            state: reason !== null ? 'error' : recording ? 'recording' : 'ready',
            reason,
            address: `192.168.7.${10 + i}:9942`,
            last_seen_ms: lost ? 12_400 : 240,
            camera: `test:label=${id}, 1280x720 at 30/s, x265enc 8000 kbit/s to takes/{take}/${id}.mp4`,
            phase: 'free-running',
            page: `http://192.168.7.${10 + i}:9943`,
            clock: {
                state: leads ? 'leader' : 'synchronised',
                offset_ns: leads ? 0 : 4.2e9 * (i - 1.7) + wander + steps * 13_500,
                error_ns: leads ? 0 : 900 + 500 * Math.abs(Math.sin(steps / 5)),
                delay_ns: leads ? null : 410 + 40 * Math.sin(steps / 4),
                rate_ppb: leads ? null : 27_000 * (i - 2.4),
                dispersion_ns: 240,
                age_ns: 3e8,
                stamps: 'software',
                source: 'cam1',
                alarm: null,
            },
            take: recording
                ? { name: take.name, frames: Math.floor((now - take.start_us) / frameUs), dropped: id === 'cam3' ? 2 : 0, repeated: 0, duplicated: 0, bytes: Math.floor((now - take.start_us) * 1), queued: 1, file: `takes/${id}.mp4` }
                : null,
            fps: lost ? null : 30,
            bitrate_kbps: recording ? 7_930 : null,
            disk_seconds_left: [11_520, 3.1e5, reason === null ? 2_280 : 240][i - 1] ?? null,
        };
    }
}
