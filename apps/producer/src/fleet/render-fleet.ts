import { formatCount } from '@kubefigurator/translator';
import { countedNoun, terminalJson } from '../explain/render/layout.ts';
import { describeShares } from '../publish/guard/held-record.ts';
import { describeCluster } from '../publish/owner/owner.ts';
import { describeUnrestored } from '../publish/pin/judge-pin.ts';
import { describeDifference } from '../publish/pin/line-difference.ts';
import type { FleetHealth, HostHealth } from './fleet-health.ts';
import { NOBODY_LEADS } from '../publish/lead.ts';
import { HOST_COLUMNS, WIDE_COLUMNS } from './host-columns.ts';
import { cut, line, renderTable } from './table.ts';

export type FleetForm = 'table' | 'wide' | 'json';

/** The most lines of each section of `table`, such as its troubles or the Services that are held; `wide` has all. */
const MOST_LINES = 10;
/** The most hosts that are named of those with the same trouble. */
const MOST_HOSTS = 3;

/** The state of the fleet for people, or as one JSON document with the whole status of each host. */
export function renderFleet(fleet: FleetHealth, form: FleetForm): string {
  if (form === 'json') return `${terminalJson(JSON.stringify(fleet, undefined, 2))}\n`;
  const columns = form === 'wide' ? [...HOST_COLUMNS, ...WIDE_COLUMNS] : HOST_COLUMNS;
  const most = form === 'wide' ? Number.POSITIVE_INFINITY : MOST_LINES;
  const lines = [
    describeFleet(fleet),
    ...renderLead(fleet.leader).map(line),
    ...renderOwner(fleet.owner).map(line),
    ...(fleet.hosts.length === 0 ? [] : ['', ...renderTable(columns, fleet.hosts)]),
    ...section(
      'Not in sync:',
      byHosts(fleet.hosts, ({ troubles }) => troubles),
      most,
    ),
    ...section(
      'But:',
      byHosts(fleet.hosts, ({ warnings }) => warnings),
      most,
    ),
    ...renderHold(fleet, most),
    ...renderPin(fleet),
  ];
  return `${lines.join('\n')}\n`;
}

function describeFleet({ key, revision, problem, hosts }: FleetHealth): string {
  const inSync = hosts.filter((host) => host.alive && host.inSync === 'yes').length;
  const fleet =
    hosts.length === 0
      ? 'no host has written a status'
      : `${formatCount(inSync)} of ${countedNoun(hosts.length, 'host')} in sync`;
  return line(
    problem === undefined
      ? `${key} at revision ${revision ?? '?'}: ${fleet}`
      : `${key}: ${problem}; ${fleet}`,
  );
}

function renderLead(leader: FleetHealth['leader']): string[] {
  switch (leader?.state) {
    case 'leads': {
      const { host, pid, since } = leader;
      const who =
        host === undefined ? 'a producer that does not say who it is' : `${host} (process ${pid ?? '?'})`;
      return [`Leader: ${who}${since === undefined ? '' : ` since ${since}`}`];
    }
    case 'missing':
      return [`Leader: NONE: ${NOBODY_LEADS}`];
    case 'none':
    case undefined:
      return [];
  }
}

function renderOwner(owner: FleetHealth['owner']): string[] {
  if (owner === undefined) return [];
  const { cluster: name, uid, since, by } = owner;
  const time = since === undefined ? '' : ` since ${since}`;
  return [`Owner: ${describeCluster({ name, uid })}${time}${by === undefined ? '' : `, given by ${by}`}`];
}

/** `lb-1, lb-2: …`: one line for each trouble, however many hosts have it. */
function byHosts(hosts: readonly HostHealth[], textsOf: (host: HostHealth) => readonly string[]): string[] {
  const hostsByText = new Map<string, string[]>();
  for (const host of hosts)
    for (const text of textsOf(host)) hostsByText.set(text, [...(hostsByText.get(text) ?? []), host.host]);
  return [...hostsByText].map(([text, names]) => `${listOfHosts(names)}: ${text}`);
}

function listOfHosts(names: readonly string[]): string {
  const more = names.length - MOST_HOSTS;
  const named = names.slice(0, MOST_HOSTS).map((name) => cut(name));
  return `${named.join(', ')}${more > 0 ? ` and ${formatCount(more)} more` : ''}`;
}

/** A blank line, the title and `most` of the texts; nothing if there are no texts. */
function section(title: string, texts: readonly string[], most: number): string[] {
  if (texts.length === 0) return [];
  const more = texts.length - most;
  return [
    '',
    title,
    ...texts.slice(0, most).map((text) => `  ${line(text)}`),
    ...(more > 0 ? [`  and ${formatCount(more)} more (-o wide)`] : []),
  ];
}

function describeLoss(shares: Parameters<typeof describeShares>[0]): string {
  return shares.length === 0 ? '' : ` (${describeShares(shares)} would go)`;
}

function renderPin({ pinned, revision: live }: FleetHealth): string[] {
  if (pinned === undefined) return [];
  const { state, revision = 'an unknown one', by, at, reason, difference } = pinned;
  const why = reason === '' ? '' : `: ${reason}`;
  if (state === 'unpinned') return ['', line(`Unpinned by ${by} at ${at}, waits for a producer${why}`)];
  const waiting =
    difference === undefined
      ? 'No producer says what it would publish instead.'
      : `The text that would be published ${describeDifference(difference)}.`;
  const wrong = describeWrongText(pinned, live);
  return [
    ...['', line(`Pinned to revision ${revision} by ${by} since ${at}${why}`)],
    ...(wrong === undefined ? [] : [line(wrong)]),
    waiting,
  ];
}

/** Why the key doesn't hold what is pinned, and what to do; undefined if it does. */
function describeWrongText(
  { judgement, revision = '' }: NonNullable<FleetHealth['pinned']>,
  live: string | undefined,
): string | undefined {
  const holds = live === undefined ? 'holds no text' : `holds another text, at revision ${live}`;
  const described = describeUnrestored(judgement ?? 'kept');
  if (described !== undefined) return `The key stays as it is: ${described.reason} (${described.hint}).`;
  return judgement === 'overwritten'
    ? `The key ${holds}: a producer that leads puts the pinned one back; without one say: pin ${revision}`
    : undefined;
}

function renderHold({ held, paused, approvals }: FleetHealth, most: number): string[] {
  const services = Object.entries(held?.services ?? {}).map(
    ([service, { hosts, servers }]) =>
      `${service}: ${countedNoun(hosts, 'host name')}, ${countedNoun(servers, 'server')}`,
  );
  const waiting = approvals.map(
    ({ by, at, reason }) =>
      `approved by ${by} at ${at}, waits for a producer${reason === '' ? '' : `: ${reason}`}`,
  );
  const pause =
    paused === undefined
      ? []
      : [
          `Publications are paused by ${paused.by} since ${paused.at}${paused.reason === '' ? '' : `: ${paused.reason}`}`,
        ];
  return [
    ...(held === undefined
      ? []
      : section(
          line(
            `Held by a guard since ${held.since}, until it is back or approved${describeLoss(held.shares)}:`,
          ),
          [...waiting, ...services],
          most,
        )),
    ...(pause.length === 0 ? [] : ['', ...pause.map(line)]),
  ];
}
