import type { Group, Notice } from './api';
import { eventsPath, group as askGroup, Problem } from './client';
import { Connection, type Phase } from './connection';
import { ClockHistory } from './history';
import { NetworkTime } from './networktime';
import { withNotice } from './notices';
import { say } from './spoken.svelte';

/** What happened longer ago than this is not read out. */
const newsUs = 5e6;

/** A leader that is none any more, so that a failover can be seen after it has happened. */
export interface FormerLeader {
    readonly id: string;
    readonly atMs: number;
}

/** What the node tells, kept up to date. One stream feeds everything that the page shows. */
class Live {
    group = $state.raw<Group | null>(null);
    notices = $state.raw<readonly Notice[]>([]);
    phase = $state<Phase>('connecting');
    /** Grows when the list of takes has to be asked for again. */
    takesChanged = $state(0);
    /** The page's own clock, a few times a second: ages are counted from it. */
    nowMs = $state(performance.now());
    former = $state.raw<FormerLeader | null>(null);
    /** The take whose end this page has seen. */
    ended = $state<string | null>(null);

    readonly time = new NetworkTime();
    readonly clocks = new Map<string, ClockHistory>();

    #connection = new Connection(performance.now());
    #source: EventSource | null = null;

    /** True: what is shown may be acted on. */
    get isLive(): boolean {
        return this.phase === 'live';
    }

    get ageMs(): number | null {
        return this.nowMs >= 0 ? this.#connection.ageMs(performance.now()) : null;
    }

    /** Begins to listen, until the function that is returned is called. */
    listen(): () => void {
        this.#open();
        const timer = setInterval(() => this.#tick(), 250);
        const hope = () => this.hope();
        addEventListener('online', hope);
        document.addEventListener('visibilitychange', hope);
        return () => {
            clearInterval(timer);
            removeEventListener('online', hope);
            document.removeEventListener('visibilitychange', hope);
            this.#source?.close();
        };
    }

    hope(): void {
        this.#connection.hope(performance.now());
        this.#tick();
    }

    #tick(): void {
        this.nowMs = performance.now();
        if (this.#connection.due(this.nowMs)) this.#open();
        this.#show();
    }

    #show(): void {
        const before = this.phase;
        this.phase = this.#connection.phase;
        if (before === 'live' && this.phase === 'lost') say('No contact with the node. The cameras go on without this page.', 'assertive');
        if (before === 'lost' && this.phase === 'live') say('Contact is back.', 'polite');
    }

    #open(): void {
        this.#source?.close();
        const source = new EventSource(eventsPath);
        this.#source = source;
        source.addEventListener('group', (event) => this.#take(JSON.parse(event.data) as Group));
        source.addEventListener('notice', (event) => this.#note(JSON.parse(event.data) as Notice));
        source.addEventListener('takes', () => this.takesChanged++);
        source.onerror = () => {
            source.close();
            if (this.#source === source) void this.#fail();
        };
    }

    /** A stream does not say why it ended: a request of the ordinary kind does. */
    async #fail(): Promise<void> {
        this.#connection.failed(performance.now());
        this.#show();
        try {
            await askGroup();
        } catch (fault) {
            if (fault instanceof Problem && fault.status === 401) this.#connection.refused();
        }
        this.#show();
    }

    #take(group: Group): void {
        const now = performance.now();
        if (this.phase !== 'live') this.takesChanged++;
        this.#connection.heard(now);
        this.time.add(group.now_us, now);
        const before = this.group?.leader ?? null;
        if (before !== null && group.leader !== before) this.former = { id: before, atMs: now };
        if (group.leader !== null && this.former?.id === group.leader) this.former = null;
        const took = this.group?.take?.name;
        if (took !== undefined && group.take?.name !== took) this.ended = took;
        for (const node of group.nodes) {
            let history = this.clocks.get(node.id);
            if (history === undefined) this.clocks.set(node.id, (history = new ClockHistory()));
            const known = !node.lost && !node.leads;
            // the same report twice is one point: it is as old as the node's last word
            if (group.now_us !== null) history.add(group.now_us / 1000 - (node.last_seen_ms ?? 0), known ? node.clock.offset_ns : null, known ? node.clock.error_ns : null, known ? node.clock.delay_ns : null);
        }
        this.group = { ...group, nodes: [...group.nodes].sort((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true })) };
        this.nowMs = now;
        this.#show();
    }

    #note(notice: Notice): void {
        this.#connection.heard(performance.now());
        const grown = withNotice(this.notices, notice);
        if (grown === null) return;
        // what a stream replays is history, not news
        const now = this.time.at(performance.now());
        const news = now !== null && notice.at_us > now - newsUs && notice.level !== 'detail';
        this.notices = grown;
        if (news) say(notice.text, notice.level === 'error' ? 'assertive' : 'polite');
    }
}

export const live = new Live();
