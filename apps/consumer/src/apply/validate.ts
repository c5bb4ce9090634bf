import { readFile } from 'node:fs/promises';
import type { Blame } from '@kubefigurator/config-model';
import type { BindPoint, ConfigText, OwnServer } from '@kubefigurator/haproxy-config';
import {
  bindPoints,
  blameMessages,
  crowdedDescriptors,
  crowdedFolders,
  formatBind,
  newBindPoints,
  doBindPointsOverlap,
  ownServers,
  parseConfigText,
} from '@kubefigurator/haproxy-config';
import type { Answer, Attempt, Observation, Target } from '@kubefigurator/rollout';
import { checkConfig } from '../haproxy/check.ts';
import type { Host } from '../host/host.ts';
import { readOutgoingPorts } from '../host/outgoing-ports.ts';
import { listListeners, probeBind } from '../host/ports.ts';
import { judgeCertificateFaults } from './certificate-faults.ts';
import type { HostObservation } from './observe.ts';
import { failedOutcome, stageRelease } from './stage.ts';

export interface ValidateOptions {
  readonly observation: HostObservation;
  readonly signal: AbortSignal;
  /**
   * True if the probe may not bind the port of a new bind to try it; it still tries the address, with a free port.
   */
  readonly bindsNoPort?: boolean;
}

/**
 * Counts the certificates of folders and the file descriptors, stages a release, and has HAProxy check it together
 * with the host's files, in the order in which HAProxy loads them. At the same time it probes the binds that the
 * running text doesn't have. The files that the running HAProxy uses stay as they are.
 */
export async function validate(
  { target, search }: Pick<Attempt, 'target' | 'search'>,
  host: Host,
  options: ValidateOptions,
): Promise<Answer> {
  const { signal, observation } = options;
  // Counted before HAProxy is asked: HAProxy would take too long to read the folders, and counts no descriptors.
  const crowded = await crowdedParts(target, host, observation);
  if (crowded.length > 0) return { kind: 'refused', stage: 'check', blame: crowded };
  const trouble = await stageRelease(target.release, host);
  if (trouble !== undefined) return { kind: 'done', outcome: trouble };
  const [checked, blockedBinds] = await Promise.all([
    checkConfig(host.binary, [...host.baseConfigs, host.live.candidate], {
      env: host.env,
      signal,
      memoryBytes: host.checkMemoryBytes,
      timeoutMs: search?.checkMs,
    }),
    probeNewBinds(target, host, options),
  ]);
  if (checked.kind === 'unasked') return { kind: 'done', outcome: failedOutcome('stage', checked.reason) };
  if (signal.aborted)
    return { kind: 'done', outcome: failedOutcome('stage', 'this program was told to stop') };
  if (checked.kind === 'valid' && blockedBinds.length === 0) return { kind: 'valid' };
  // HAProxy's messages blame nobody here: it may name the line that it was reading when its memory ran out.
  if (checked.kind === 'exhausted') return refusedAsWhole(checked.reason);
  if (checked.kind === 'valid') return { kind: 'refused', stage: 'probe', blame: blockedBinds };
  const names = { file: host.live.candidate, shownFile: host.live.path };
  const blame = blameMessages(withOriginalFiles(checked.stderr, options.observation), target, names);
  // The blocked binds are blamed at the same time, so that they cost no further check.
  return {
    kind: 'refused',
    stage: 'check',
    blame: [...(await judgeCertificateFaults(target, blame)), ...blockedBinds],
  };
}

/** The parts that need too much: too many certificates in folders, or more file descriptors than HAProxy may have. */
async function crowdedParts(
  { portable, config }: Target,
  host: Host,
  observation: HostObservation,
): Promise<Blame[]> {
  const { lists, running, haproxy, globalLimits } = observation;
  const folders = crowdedFolders(portable.config, {
    running: ownConfigs(observation),
    folders: lists.folders,
  });
  if (running === undefined) return folders;
  const room = await host.descriptors.room(haproxy, globalLimits);
  return room === undefined ? folders : [...folders, ...crowdedDescriptors(config, running.config, room)];
}

/** HAProxy's messages, with the file that a Service asked for in place of our copy of it. */
function withOriginalFiles(stderr: string, { copies }: Observation): string {
  let text = stderr;
  for (const [copy, file] of copies.files) text = text.replaceAll(copy, file);
  return text;
}

/** A refusal that names no part of the text, since the check had no time or memory left. */
function refusedAsWhole(message: string): Answer {
  return { kind: 'refused', stage: 'check', blame: [{ sources: [], message }], isExhausted: true };
}

/** Blames the new binds that HAProxy can't take on this host, and those that would make it connect to itself. */
async function probeNewBinds(
  { config, portable }: Target,
  { baseConfigs, foreignPorts }: Host,
  { observation, signal, bindsNoPort = false }: ValidateOptions,
): Promise<Blame[]> {
  const fresh = newBindPoints(observation.running?.config, config);
  if (fresh.length === 0) return [];
  const occupation = {
    own: ownConfigs(observation).flatMap((config) => bindPoints(config)),
    base: (await readConfigs(baseConfigs)).flatMap((config) => bindPoints(config)),
    listeners: await listListeners(),
    foreign: foreignPorts,
    outgoing: await readOutgoingPorts(),
    // While HAProxy isn't running, a trial bind could make its start fail.
    mayTryBind: observation.haproxy.kind === 'up' && !bindsNoPort,
  };
  const problems = loopsOf(
    fresh,
    ownServers(portable.config, observation.needs.ownAddresses),
    observation.running?.config,
  );
  for (const point of fresh) {
    if (signal.aborted) return problems;
    const problem = await probeBind(point, occupation);
    if (problem === undefined) continue;
    const { sources, section, word } = point;
    const message = `bind ${formatBind(point)} isn't available: ${problem}`;
    problems.push({ sources, bind: { section, word }, message });
  }
  return problems;
}

/**
 * New binds at which HAProxy would connect to itself, since a server of the text is at the same address and port of
 * this host: the bind would get the requests of others, or its own again and again. The bind is blamed if the
 * server's section runs already, or if the server is of the bind's namespace or of none that is known. Any other such
 * server is left out of the release instead: a new node port, or a new Node, takes no bind from another namespace.
 */
function loopsOf(
  fresh: readonly BindPoint[],
  servers: readonly OwnServer[],
  running: ConfigText | undefined,
): Blame[] {
  const runningNames = new Set((running?.sections ?? []).map(({ name }) => name));
  const ports = new Set(fresh.map(({ port }) => port));
  const serversAtPorts = servers.filter(({ server }) => ports.has(server.port));
  return fresh.flatMap((point) => {
    const namespaces = new Set(point.sources.map(({ namespace }) => namespace));
    const own = serversAtPorts.find(
      ({ server, namespace, section: { name } }) =>
        doBindPointsOverlap(point, { host: server.address, port: server.port }) &&
        (namespace === undefined || namespaces.has(namespace) || runningNames.has(name)),
    );
    if (own === undefined) return [];
    const { sources, section, word } = point;
    const message = `bind ${formatBind(point)} is a server of ${own.section.name} at an address of this host, so that HAProxy would connect to itself: choose another listen-port`;
    return [{ sources, bind: { section, word }, message }];
  });
}

/** Without proof of what runs, the binds of every text that may run count as HAProxy's own. */
function ownConfigs({ running, good, onDisk }: Observation): ConfigText[] {
  if (running !== undefined) return [running.config];
  return [good?.release.text, onDisk]
    .filter((text) => text !== undefined)
    .map((text) => parseConfigText(text));
}

/** A file that can't be read counts as empty: `haproxy -c` reports it. */
async function readConfigs(files: readonly string[]): Promise<ConfigText[]> {
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')));
  return texts.map((text) => parseConfigText(text));
}
