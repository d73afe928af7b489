import type { Examination, Finding } from '../src/lib/api';

const stepMs = 900;
const steps = ['listening to the group', 'measuring the ways to the other nodes', 'looking at the camera', 'trying the encoder', 'trying the disk'];

/** Examinations that look at nothing, one for each node, and find of everything something. */
export class MockDoctor {
    #begun = new Map<string, { at: number; trials: boolean }>();

    examination(node: string): Examination {
        const begun = this.#begun.get(node);
        const base = { node, trials: begun?.trials ?? false, step: null, steps_done: 0, steps: steps.length, age_ms: null, report: null, fault: null };
        if (begun === undefined) return { ...base, state: 'never' };
        const passed = Date.now() - begun.at;
        const done = Math.floor(passed / stepMs);
        if (done < steps.length) return { ...base, state: 'running', step: steps[done] ?? null, steps_done: done };
        const findings = findingsOf(begun.trials);
        const links = ['cam1', 'cam2', 'cam3'].filter((other) => other !== node).map((other, i) => ({ node: other, asked: 60, answered: 60 - i * 3, reordered: 0, least_delay_ns: 301_000, median_delay_ns: 352_000 + i * 4e5, most_delay_ns: 2_100_000, forward_wait_ns: i === 0 ? 42_000 : null, backward_wait_ns: i === 0 ? 318_000 : null }));
        return { ...base, state: 'done', age_ms: passed - steps.length * stepMs, report: { verdict: 'problems', exit_code: 2, findings, links } };
    }

    examine(node: string, trials: boolean): Examination {
        if (this.examination(node).state !== 'running') this.#begun.set(node, { at: Date.now(), trials });
        return this.examination(node);
    }
}

function findingsOf(trials: boolean): Finding[] {
    const fine = (area: string, check: string, evidence: string): Finding => ({ area, check, verdict: 'ok', evidence, remedy: null });
    const tried = (area: string, check: string, evidence: string): Finding => (trials ? fine(area, check, evidence) : { area, check, verdict: 'skipped', evidence: 'take scene-4 is being recorded, and is not disturbed', remedy: 'run the doctor when nothing is recorded' });
    return [
        fine('here', 'nodes', 'process 4711: none of them records now'),
        fine('network', 'interface', 'eth0 (192.168.7.12), the interface of the default route'),
        { area: 'network', check: 'firewall', verdict: 'problem', evidence: 'multicast to 239.255.42.99:9942 from eth0 is dropped in the chain in of table inet guard (udp dport 9942 drop)', remedy: "sudo nft insert rule inet guard in udp dport '{ 9942, 9943 }' accept" },
        { area: 'network', check: 'cable', verdict: 'warning', evidence: 'eth0 is Wi-Fi: milliseconds of delay that come and go, multicast at the lowest rate and without repetition', remedy: 'connect the machine by cable' },
        fine('clock', 'wall clock', '2026-11-24 18:46:19 UTC, not stepped within 9 s'),
        { area: 'camera', check: 'permissions', verdict: 'warning', evidence: 'alice may not open /dev/dri/renderD128, which hardware encoders need', remedy: 'sudo usermod -aG render alice, then log in again' },
        fine('encoder', 'plugins', 'none is missing'),
        tried('encoder', 'encoder', 'x265enc, software: 90 frames of 1280x720 in 1.2 s, 75 a second where 30 are wanted'),
        tried('disk', 'disk speed', '4.19 MB in /takes at 812 MB/s, 812 times what is recorded; the longest sync took 3 ms'),
    ];
}
