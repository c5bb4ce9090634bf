import type { Complaint } from '../../diagnostics/diagnostics.ts';
import { quoteUserText } from '../../diagnostics/quote.ts';
import { suggestWord } from '../../diagnostics/suggest.ts';
import type { Intent } from '../../intent/intent.ts';
import type { OptionTable } from '../../options/option.ts';
import type { PortRecord } from '../../snapshot/snapshot.ts';
import { ANNOTATION_PREFIX } from './keys.ts';
import { portName } from './ports.ts';

const HOSTNAME = 'hostname';
/** A Service may have thousands of ports and annotations; no more labels than this are compared with all ports. */
const MOST_SUGGESTIONS = 20;

/** Annotations that name no option or port, and that were meant to give a port its hostname. */
export interface MisspeltHostnames {
  /** The annotation's key, by the name or number of the port that is meant. */
  readonly forLabel: ReadonlyMap<string, string>;
  /** The key of one that may mean any port: because of it, every http port without a hostname is left out. */
  readonly forEvery: string | undefined;
}

/** What the ports of a Service are called. */
export interface PortLabels {
  readonly names: ReadonlySet<string>;
  readonly numbers: ReadonlySet<string>;
}

const NONE: MisspeltHostnames = { forLabel: new Map(), forEvery: undefined };

/** Finds misspelt hostnames among keys that begin with our prefix, in any letter case and with any separator. */
export function findMisspeltHostnames(
  keys: readonly string[],
  ports: PortLabels,
  options: OptionTable,
): MisspeltHostnames {
  if (keys.length === 0) return NONE;
  const names = options.map(({ name }) => name);
  const forLabel = new Map<string, string>();
  let forEvery: string | undefined;
  let suggestions = MOST_SUGGESTIONS;
  for (const key of keys) {
    const rest = key.slice(ANNOTATION_PREFIX.length);
    const dot = rest.lastIndexOf('.');
    const [label, option] = [rest.slice(0, Math.max(dot, 0)), rest.slice(dot + 1)];
    const named = meansHostname(option, names)
      ? label
      : isPort(option, ports) && swapped(label)
        ? option
        : undefined;
    if (named === undefined) continue;
    const meant = dot === -1 ? undefined : meantLabel(named, ports, (suggestions -= 1) >= 0);
    if (meant === undefined) forEvery ??= key;
    else forLabel.set(meant, key);
  }
  return { forLabel, forEvery };
}

/** Why a port without a hostname is left out although it could take every request. */
export function misspeltHostname(
  { forLabel, forEvery }: MisspeltHostnames,
  port: PortRecord,
  intent: Intent,
): Complaint | undefined {
  if (intent.mode !== 'http' || intent.hosts.length > 0) return undefined;
  const label = portName(port) ?? String(port.number);
  const key = forLabel.get(portName(port) ?? '') ?? forLabel.get(String(port.number)) ?? forEvery;
  if (key === undefined) return undefined;
  const ofService = !key.slice(ANNOTATION_PREFIX.length).includes('.');
  const right = `${ANNOTATION_PREFIX}${ofService ? '' : `${label}.`}${HOSTNAME}`;
  const message = `${quoteUserText(key)} looks like a hostname, and without one the port takes every request on its bind, so it is left out: write ${quoteUserText(right)}, or remove the annotation`;
  return { code: 'misspelt-hostname', message };
}

function meansHostname(option: string, options: readonly string[]): boolean {
  return /host/i.test(option) || suggestWord(option, options) === HOSTNAME;
}

function swapped(label: string): boolean {
  return label.toLowerCase() === HOSTNAME;
}

function isPort(label: string, { names, numbers }: PortLabels): boolean {
  return names.has(label) || numbers.has(label);
}

function meantLabel(label: string, ports: PortLabels, compare: boolean): string | undefined {
  if (isPort(label, ports)) return label;
  return compare
    ? suggestWord(
        label,
        [...ports.names, ...ports.numbers].filter((each) => each !== ''),
      )
    : undefined;
}
