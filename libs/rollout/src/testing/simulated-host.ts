import type { Outcome } from '@kubefigurator/config-model';
import type { CertificateFolder, GrownFolder } from '@kubefigurator/haproxy-config';
import { NO_NEEDS, parseConfigText } from '@kubefigurator/haproxy-config';
import { copiesToKeep } from '../copies.ts';
import { decide } from '../decide.ts';
import { observeDrift } from '../drift.ts';
import {
  beginPass,
  emptyMemory,
  learn,
  learnFailure,
  refusedParts,
  rememberCauses,
  wantsCauses,
} from '../learn.ts';
import type { Trigger } from '../triggers.ts';
import type { Answer, Attempt, Decision, Target } from '../decision.ts';
import type { Memory } from '../memory.ts';
import type { Moment, Policy } from '../moment.ts';
import type { HaproxyState, KnownGood, Observation } from '../observation.ts';
import type { KeyReading, Wanted } from '../wanted.ts';
import type { Wake } from '../wake.ts';
import { nextWake } from '../wake.ts';
import { wantedFrom } from '../wanted.ts';
import { deepFreeze, isDeepEqual } from './purity.ts';
import { SimulatedCertificates } from './simulated-certificates.ts';
import type { Behaviour } from './behaviour.ts';
import { wellBehaved } from './behaviour.ts';
import { applied, exhausted, failed, servingAhead } from './outcomes.ts';
import { POLICY } from './policy.ts';
import { gate } from './simulated-gate.ts';
import { hashOf } from './texts.ts';

/** What one pass decided, in order, and how it ended. */
export interface Pass {
  readonly decisions: readonly Decision[];
  readonly outcome: Outcome | undefined;
}

const MOST_DECISIONS = 40;
const CHECK_LIMIT_MS = 60_000;

/** A host made of plain values, on which decisions have the effects that they would have: a fake for fast tests. */
export class SimulatedHost {
  readonly behaviour: Behaviour = wellBehaved();
  readonly certificates = new SimulatedCertificates();
  /** Folders of certificates. */
  readonly folders = new Map<string, CertificateFolder>();
  grownFolders: readonly GrownFolder[] = [];
  now = 1_000_000;
  random = 0.5;
  memory: Memory;
  onDisk: string | undefined;
  damagedFiles: Observation['damagedFiles'] = [];
  /** What the worker really runs; undefined if it read a damaged file, or if a change of servers stopped half-way. */
  runs: string | undefined;
  good: KnownGood | undefined;
  freeze: Observation['freeze'];
  reloads = 0;
  private worker = 100;
  private master = 9;
  private readonly policy: Policy;

  constructor(policy: Partial<Policy> = {}) {
    this.policy = { ...POLICY, ...policy };
    this.memory = emptyMemory({ now: this.now, policy: this.policy });
  }

  /** Runs one pass over what etcd has. */
  pass(reading: KeyReading | undefined, ...triggers: readonly Trigger[]): Pass {
    const text = reading?.kind === 'published' ? reading.published.text : '';
    const wanted = wantedFrom(reading, hashOf(text), { gate, known: this.memory.known?.config });
    const at = this.at(triggers.length === 0 ? ['etcd'] : triggers);
    this.memory = beginPass(this.memory, wanted, at);
    const observation = this.observe();
    const { record } = observeDrift(this.memory.drift, observation, { file: this.policy.file, at: 'now' });
    this.memory = { ...this.memory, drift: record };
    return this.decideToTheEnd(wanted, observation, at);
  }

  /** Lets time pass until the agent wakes by itself, and runs that pass. */
  wake(reading: KeyReading | undefined): Pass & { readonly wake: Wake } {
    const wake = nextWake(this.memory, this.now);
    this.now = wake.at;
    return { ...this.pass(reading, wake.trigger), wake };
  }

  /** Wakes again and again for this long, in milliseconds; gives the outcomes. */
  live(reading: KeyReading | undefined, forMs: number): (Outcome | undefined)[] {
    const until = this.now + forMs;
    const outcomes: (Outcome | undefined)[] = [];
    while (nextWake(this.memory, this.now).at <= until) outcomes.push(this.wake(reading).outcome);
    this.now = until;
    return outcomes;
  }

  private decideToTheEnd(wanted: Wanted, observation: Observation, begun: Moment): Pass {
    const decisions: Decision[] = [];
    for (;;) {
      const at = { ...begun, now: this.now };
      const decision = decide(deepFreeze(observation), deepFreeze(wanted), deepFreeze(this.memory), at);
      // Pure: asking twice gives the same answer, and nothing that was given is changed.
      if (!isDeepEqual(decision, decide(observation, wanted, this.memory, at)))
        throw new Error('not the same again');
      decisions.push(decision);
      if (decisions.length > MOST_DECISIONS) throw new Error('a pass without an end');
      const answer = this.execute(decision);
      this.memory = learn(this.memory, decision, answer, {
        observation,
        wanted,
        at: { ...begun, now: this.now },
      });
      if (answer.kind !== 'done') continue;
      if (wantsCauses(this.memory) && refusedParts(this.memory).length > 0)
        this.memory = rememberCauses(this.memory, this.behaviour.causes);
      this.certificates.keep(copiesToKeep(observation, this.memory));
      return { decisions, outcome: answer.outcome };
    }
  }

  private at(triggers: readonly Trigger[]): Moment {
    return { now: this.now, random: this.random, triggers: new Set(triggers), policy: this.policy };
  }

  observe(): Observation {
    const running = this.provenText();
    return {
      freeze: this.freeze,
      haproxy: this.haproxy(),
      good: this.good,
      onDisk: this.onDisk,
      fileHash: this.onDisk === undefined ? undefined : hashOf(this.onDisk),
      running: running === undefined ? undefined : { text: running, config: parseConfigText(running) },
      isOurFile: undefined,
      damagedFiles: this.damagedFiles,
      allowsRuntime: true,
      needs: NO_NEEDS,
      held: undefined,
      // In place of its hash a list of certificates is named by its own text, as one word.
      lists: { place: '/ours', folders: this.folders, hash: encodeURIComponent },
      grownFolders: this.grownFolders,
      causes: this.behaviour.causes,
      copies: this.certificates.observeCopies(this.now),
      certificates: running === undefined ? undefined : this.certificates.observe(this.now, running),
    };
  }

  private haproxy(): HaproxyState {
    if (this.behaviour.isDown) return { kind: 'down', reason: 'stopped' };
    const oldWorkers = Array.from({ length: this.behaviour.oldWorkers }, (_, index) => index + 1);
    const processes = {
      master: { pid: this.master, reloads: this.reloads, failed: 0, version: '3.0' },
      workers: [this.worker],
      oldWorkers,
    };
    return { kind: 'up', processes, worker: this.workerId(), configFiles: [], loadsOurFile: true };
  }

  private workerId(): { readonly pid: number; readonly startTicks: number } {
    return { pid: this.worker, startTicks: this.worker };
  }

  private provenText(): string | undefined {
    const isNamed = !this.behaviour.isDown && this.good?.ledger.worker?.pid === this.worker;
    return isNamed ? this.good?.release.text : undefined;
  }

  /** The memory learns that a pass threw; no pass is run. */
  learnThrownPass(): void {
    const outcome: Outcome = { kind: 'failed', stage: 'pass', blame: [], restored: true };
    this.memory = learnFailure(this.memory, outcome, { wanted: { kind: 'unknown' }, at: this.at(['look']) });
  }

  /** Somebody reloads HAProxy by hand, or restarts it with a new master: HAProxy runs what is on disk, and no ledger says so. */
  restart(withMaster = false): void {
    if (withMaster) this.master += 1;
    this.worker += 1;
    this.runs = this.damagedFiles.length === 0 ? this.onDisk : undefined;
    this.certificates.read(this.onDisk ?? '');
  }

  private execute(decision: Decision): Answer {
    return decision.kind === 'servers'
      ? servingAhead(decision.outcome, this.changeServers(decision.ahead.target))
      : this.carryOut(decision);
  }

  private carryOut(decision: Exclude<Decision, { kind: 'servers' }>): Answer {
    switch (decision.kind) {
      case 'keep':
      case 'hold':
        this.keep(decision);
        return { kind: 'done', outcome: decision.outcome };
      case 'pause':
        this.now += decision.waitMs;
        return { kind: 'paused' };
      case 'postpone':
        return this.postpone(decision);
      case 'renew':
        return { kind: 'renewed', results: this.certificates.renew(decision.certificates, this.now) };
      case 'validate':
        return this.validate(decision.attempt);
      case 'runtime':
        return this.changeServers(decision.attempt.target);
      case 'rewrite':
        return this.rewrite(decision.attempt.target);
      case 'reload':
        return this.reload(decision.attempt.target);
    }
  }

  private write(text: string | undefined): void {
    this.onDisk = text;
    this.damagedFiles = [];
  }

  private keep(decision: Decision): void {
    if (decision.kind === 'keep' && !decision.isRecorded && decision.attempt !== undefined)
      this.record(decision.attempt.target);
  }

  private postpone({ ahead, waitMs, failure }: Extract<Decision, { kind: 'postpone' }>): Answer {
    const serversChanged = ahead !== undefined && this.changeServers(ahead.target).kind === 'done';
    const outcome: Outcome = {
      kind: 'postponed',
      waitMs,
      serversChanged,
      ...(failure !== undefined && { failure }),
    };
    return { kind: 'done', outcome };
  }

  private rewrite(target: Target): Answer {
    const { writeFailure } = this.behaviour;
    if (writeFailure !== undefined) return { kind: 'done', outcome: failed('stage', writeFailure) };
    this.write(target.text);
    this.record(target);
    return { kind: 'done', outcome: applied('none', target.leftOut) };
  }

  private validate({ target: { text }, search }: Attempt): Answer {
    const { writeFailure } = this.behaviour;
    if (writeFailure !== undefined) return { kind: 'done', outcome: failed('stage', writeFailure) };
    const checkMs = this.behaviour.checkMs(text);
    const limitMs = search?.checkMs ?? CHECK_LIMIT_MS;
    this.now += Math.min(checkMs, limitMs);
    if (checkMs > limitMs) return exhausted();
    const refused = [...this.behaviour.refuses].filter(([word]) => text.includes(word));
    const named = [...refused.map(([, each]) => each), ...this.behaviour.check(text)];
    const blame = [...named, ...this.certificates.check(text)];
    return blame.length === 0 ? { kind: 'valid' } : { kind: 'refused', stage: 'check', blame };
  }

  private changeServers(target: Target): Answer {
    const before = this.onDisk;
    this.write(target.text);
    if (this.behaviour.runtimeFailure !== undefined) {
      this.write(before);
      this.runs = undefined;
      if (this.good) this.good = { ...this.good, ledger: { ...this.good.ledger, worker: undefined } };
      return { kind: 'runtime-refused', reason: this.behaviour.runtimeFailure };
    }
    this.runs = target.text;
    this.record(target);
    return { kind: 'done', outcome: applied('runtime', target.leftOut) };
  }

  private reload(target: Target): Answer {
    const before = this.onDisk;
    this.write(target.text);
    if (this.behaviour.isDown) {
      const outcome: Outcome = { kind: 'not-running', reason: 'stopped' };
      return { kind: 'done', outcome, fileHash: hashOf(target.text) };
    }
    this.reloads += 1;
    const { reloadFailure, canStartWith } = this.behaviour;
    const failure = reloadFailure ?? (canStartWith(target.text) ? undefined : 'no new worker');
    const reload = { beganAt: this.now, failure };
    if (failure !== undefined) {
      this.write(this.good?.release.text ?? before);
      const fileHash = this.onDisk === undefined ? undefined : hashOf(this.onDisk);
      return { kind: 'done', outcome: failed('reload', failure), reload, fileHash };
    }
    this.worker += 1;
    this.runs = target.text;
    this.certificates.read(target.text);
    this.record(target);
    return { kind: 'done', outcome: applied('reload', target.leftOut), reload };
  }

  private record({ release, published }: Target): void {
    const isUnseen = this.behaviour.isDown || this.behaviour.isUnproven;
    const worker = isUnseen ? undefined : this.workerId();
    const { revision, text } = release;
    this.good = {
      release,
      ledger: { revision, hash: hashOf(text), published, worker, method: this.policy.method },
    };
  }
}
