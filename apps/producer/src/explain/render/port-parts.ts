import { formatAddressPort } from '@kubefigurator/config-model';
import type { PortExplanation } from '../explanation.ts';
import { renderFieldList } from './layout.ts';

/** The lines that a compilation gives now, and below them those that the text in etcd has instead. */
export function renderLines({
  lines,
  publishedLines,
}: Pick<PortExplanation, 'lines' | 'publishedLines'>): string[] {
  const quoted = (texts: readonly string[]): string[] => texts.map((line) => `  | ${line}`);
  if (publishedLines.length === 0) return quoted(lines);
  return [...quoted(lines), '  In etcd now:', ...quoted(publishedLines)];
}

export function renderServers({ backend, servers }: Pick<PortExplanation, 'backend' | 'servers'>): string[] {
  if (backend === undefined) return [];
  const listed = servers.map(({ name, address, port }) => `${name} ${formatAddressPort(address, port)}`);
  return renderFieldList(
    1,
    'Servers',
    listed.length === 0 ? ['none: HAProxy answers 503 or closes the connection'] : listed,
  );
}
