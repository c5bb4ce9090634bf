import type { HostState, PublishedExplanation, PublishedState, Verdict } from '../explanation.ts';
import { countedNoun, renderField, renderFieldList, renderInlineList } from './layout.ts';

const LABELS: Readonly<Record<Exclude<HostState['state'], 'live'>, string>> = {
  'left-out': 'Left out on',
  refused: 'Refused by',
  behind: 'Not yet on',
  stopped: 'Stopped on',
  silent: 'Silent',
  unknown: 'Unknown on',
};

/** Where something is live, where it isn't and why. */
export function renderHosts(level: number, hosts: readonly HostState[]): string[] {
  const live = hosts.filter(({ state }) => state === 'live');
  const others = Object.entries(LABELS).flatMap(([state, label]) =>
    renderFieldList(
      level,
      label,
      hosts
        .filter((host) => host.state === state)
        .map(({ host, detail }) => (detail === undefined ? host : `${host}: ${detail}`)),
    ),
  );
  const notes = hosts.flatMap(({ host, notes: said }) => said.map((note) => `${host}: ${note}`));
  return [
    ...(live.length === 0
      ? []
      : [renderField(level, 'Live on', renderInlineList(live.map(({ host }) => host)))]),
    ...others,
    ...renderFieldList(level, 'But', notes),
  ];
}

/** A note on what isn't known of hosts that are `behind`, `refused` or `silent`; no line if there is no such host. */
export function renderLegend(hosts: readonly HostState[]): string[] {
  const isOpen = hosts.some(({ state }) => ['behind', 'refused', 'silent'].includes(state));
  return isOpen
    ? [
        'A host that runs another revision than etcd has goes on serving with it; what that revision had of this is not',
        'known here. On the host, kubefigurator-consumer status says why, and kubefigurator-consumer diff what differs.',
      ]
    : [];
}

/** `live on 1 of 2 hosts`. */
export function renderLiveHosts(hosts: readonly HostState[]): string {
  const live = hosts.filter(({ state }) => state === 'live').length;
  return hosts.length === 0
    ? 'live nowhere: no host has written a status'
    : `live on ${live} of ${countedNoun(hosts.length, 'host')}`;
}

export function renderPublished(state: PublishedState, etcd: PublishedExplanation): string {
  const at = etcd.revision === undefined ? '' : ` at revision ${etcd.revision}`;
  const running =
    'no producer runs, it has not come to it yet, or it has other settings (kubefigurator-producer diff)';
  switch (state) {
    case 'published':
      return `yes${at}`;
    case 'differs':
      return `with other lines${at}: ${running}`;
    case 'missing':
      return `no, ${etcd.problem ?? `the text${at} has nothing of it: ${running}`}`;
    case 'lingers':
      return `the text${at} still has it: ${running}`;
    case 'absent':
      return 'no';
  }
}

export const VERDICTS: Readonly<Record<Verdict, string>> = {
  everywhere: 'served everywhere',
  'in-part': 'NOT served everywhere',
  nowhere: 'NOT served',
};
