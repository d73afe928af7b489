/** What a node says, as docs/openapi.json has it. */

export type GroupState = 'idle' | 'ready' | 'armed' | 'recording' | 'stopping' | 'error';

export interface Group {
    self: string;
    version: string;
    host: string;
    leader: string | null;
    term: string | null;
    timescale: string | null;
    group: string;
    interface: string;
    state: GroupState;
    sentence: string;
    can_start: boolean;
    can_stop: boolean;
    now_us: number | null;
    take: RunningTake | null;
    nodes: Node[];
}

export interface RunningTake {
    name: string;
    phase: 'armed' | 'recording' | 'stopping';
    rate: string;
    start_us: number;
    stop_us: number | null;
}

export interface Node {
    id: string;
    self: boolean;
    role: string;
    leads: boolean;
    version_one: boolean;
    lost: boolean;
    state: 'idle' | 'ready' | 'recording' | 'error';
    reason: string | null;
    address: string;
    last_seen_ms: number | null;
    camera: string | null;
    phase: string | null;
    page: string | null;
    clock: NodeClock;
    take: NodeTake | null;
    fps: number | null;
    bitrate_kbps: number | null;
    disk_seconds_left: number | null;
}

export interface NodeClock {
    state: string | null;
    offset_ns: number | null;
    error_ns: number | null;
    delay_ns: number | null;
    rate_ppb: number | null;
    dispersion_ns: number | null;
    age_ns: number | null;
    stamps: string | null;
    source: string | null;
    alarm: string | null;
}

export interface NodeTake {
    name: string;
    frames: number | null;
    dropped: number | null;
    repeated: number | null;
    duplicated: number | null;
    bytes: number | null;
    queued: number | null;
    file: string | null;
}

export interface Notice {
    id: number;
    at_us: number;
    level: 'detail' | 'info' | 'warning' | 'error';
    text: string;
    node: string;
}

export interface Outcome {
    command: 'start' | 'stop';
    take: string | null;
    target_us: number | null;
    nodes: NodeOutcome[];
}

export interface NodeOutcome {
    node: string;
    outcome: string;
    reason?: string | null;
}

export type Word = 'PASS' | 'WARN' | 'FAIL';

export interface Take {
    name: string;
    label?: string | null;
    started_us?: number | null;
    length_s?: number | null;
    frames?: number | null;
    rate?: string | null;
    state: 'recording' | 'complete' | 'incomplete';
    word: Word | null;
    reasons: string[];
    worst_skew_us?: number | null;
    dropped?: number | null;
    repeated?: number | null;
    nodes: string[];
    missing: string[];
}

export interface TakeDetail extends Take {
    verdict: GroupVerdict | null;
    files: TakeFile[];
}

export interface TakeFile {
    node: string | null;
    name: string;
    kind: string;
    bytes: number;
    href: string;
}

/** take.json, as far as the page shows it. */
export interface GroupVerdict {
    frame_counts_equal: boolean;
    start_skew_us: number | null;
    stop_skew_us: number | null;
    skew: { indices: number; median_us: number; p99_us: number; worst_us: number; worst_index: number; worst_bound_us: number; earliest: string; latest: string } | null;
    clock_error_us: number;
    nodes: NodeVerdict[];
}

export interface NodeVerdict {
    node: string;
    word: string;
    reasons: string[];
    expected: number | null;
    recorded: number;
    repeated: number;
    duplicates: number;
    late: number;
    dropped: number;
    first_residual_ns: number | null;
    last_residual_ns: number | null;
    worst_residual_ns: number | null;
    worst_index: number | null;
    clock_error_ns: number;
    clock_state: string;
    sensor_ppb: number | null;
    phase: string;
    error: string | null;
}

export interface Skew {
    rate: string;
    points: number[];
    nodes: { node: string; residual_us: (number | null)[] }[];
    spread_us: (number | null)[];
}

export interface Refusal {
    node: string;
    reason: string;
}
