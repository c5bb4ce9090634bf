import type { HeldExplanation, HeldPort, ServiceExplanation } from '../explanation.ts';
import { renderLiveHosts, renderHosts, renderPublished } from './hosts.ts';
import { renderField, renderFieldList } from './layout.ts';
import { renderLines, renderServers } from './port-parts.ts';

/** Why a part of a Service stays published that the cluster no longer has, and how to let it go. */
export function renderHeld(held: HeldExplanation | undefined): string[] {
  if (held === undefined) return [];
  const since = held.since === undefined ? '' : `since ${held.since}: `;
  return [
    renderField(
      0,
      'Held',
      `${since}too much would go at once, so that it stays published until it is back or approved`,
    ),
    renderField(0, 'To let it go', held.approve),
  ];
}

/** What is held of one port. */
export function renderHeldParts(port: HeldPort | undefined): string[] {
  if (port === undefined) return [];
  const { names, nodes } = port;
  return renderFieldList(1, 'Held', [
    ...names.map((name) => `${name}, which it asks for no more`),
    ...nodes.map((node) => `server ${node}, which the list of Nodes has no more`),
  ]);
}

/** A port that the Service no longer asks for. */
export function renderHeldPort(port: HeldPort, { etcd }: ServiceExplanation): string[] {
  return [
    `Port ${port.port}: HELD, ${renderLiveHosts(port.hosts)}`,
    ...renderHeldParts(port),
    ...renderServers(port),
    renderField(1, 'Published', renderPublished(port.published, etcd)),
    ...renderHosts(1, port.hosts),
    ...renderLines(port),
  ];
}
