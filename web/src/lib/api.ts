import type { components } from './schema';

/** What a node says. The shapes come from docs/openapi.json (npm run types); here is only what a text in them may be. */
type Schemas = components['schemas'];

/** A shape of which some members are known more precisely; naming one that is not there does not compile. */
type Narrow<Shape, Members extends { [Name in keyof Members]: Name extends keyof Shape ? Shape[Name] : never }> = Omit<Shape, keyof Members> & Members;

export type GroupState = 'idle' | 'ready' | 'armed' | 'recording' | 'stopping' | 'error';
export type Word = 'PASS' | 'WARN' | 'FAIL';

export type Group = Narrow<Schemas['Group'], { state: GroupState; take: RunningTake | null; nodes: Node[] }>;
export type RunningTake = Narrow<Schemas['GroupTake'], { phase: 'armed' | 'recording' | 'stopping' }>;
export type Node = Narrow<Schemas['Node'], { state: 'idle' | 'ready' | 'recording' | 'error' }>;
export type NodeClock = Schemas['Clock'];
export type Notice = Narrow<Schemas['Notice'], { level: 'detail' | 'info' | 'warning' | 'error' }>;
export type Outcome = Narrow<Schemas['Outcome'], { command: 'start' | 'stop' }>;
export type Problem = Schemas['Problem'];
export type Refusal = Schemas['Reason'];
export type Take = Narrow<Schemas['Take'], { state: 'recording' | 'complete' | 'incomplete'; word: Word | null }>;
export type TakeDetail = Narrow<Schemas['TakeDetail'], { state: Take['state']; word: Word | null }>;
export type TakeSettings = Schemas['TakeSettings'];
export type TakeFile = Schemas['File'];
export type NodeVerdict = Schemas['NodeVerdict'];
export type Skew = Schemas['Skew'];
export type FindingVerdict = 'ok' | 'skipped' | 'warning' | 'problem';
export type Finding = Narrow<Schemas['Finding'], { verdict: FindingVerdict }>;
export type Link = Schemas['Link'];
export type DoctorReport = Narrow<Schemas['Doctor'], { findings: Finding[] }>;
export type Examination = Narrow<Schemas['Examination'], { state: 'never' | 'running' | 'done'; report: DoctorReport | null }>;
