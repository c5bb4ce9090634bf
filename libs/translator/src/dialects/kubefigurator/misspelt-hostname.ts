import type { Complaint } from '../../diagnostics/diagnostics.ts';
import { quoteUserText } from '../../diagnostics/quote.ts';
import { suggestWord } from '../../diagnostics/suggest.ts';
import type { Intent } from '../../intent/intent.ts';
import type { OptionTable } from '../../options/option.ts';
import type { PortRecord } from '../../snapshot/snapshot.ts';
import { ANNOTATION_PREFIX } from './keys.ts';
import { portName } from './ports.ts';

const HOSTNAME = 'hostname';
/** How many labels are compared with all ports, which takes long: a Service may have thousands of both. */
const MOST_SUGGESTIONS = 20;
/** How many keys are compared with all options; beyond them only a key with `host` in it counts as a misspelt hostname. */
const MOST_COMPARED = 100;

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
  let suggestionsLeft = MOST_SUGGESTIONS;
  for (const [index, key] of keys.entries()) {
    const rest = key.slice(ANNOTATION_PREFIX.length);
    const dot = rest.lastIndexOf('.');
    const label = dot === -1 ? '' : rest.slice(0, dot);
    const option = rest.slice(dot + 1);
    const namedPort = portOfHostname(label, option, { names: index < MOST_COMPARED ? names : [], ports });
    if (namedPort === undefined) continue;
    const hasLabel = dot !== -1;
    if (hasLabel) suggestionsLeft -= 1;
    const meantPort = hasLabel ? meantLabel(namedPort, ports, suggestionsLeft >= 0) : undefined;
    if (meantPort === undefined) forEvery ??= key;
    else forLabel.set(meantPort, key);
  }
  return { forLabel, forEvery };
}

/** Why a port is left out: a misspelt hostname would make it take every request. Undefined if there is no reason. */
export function misspeltHostname(
  { forLabel, forEvery }: MisspeltHostnames,
  port: PortRecord,
  intent: Intent,
): Complaint | undefined {
  if (intent.mode !== 'http' || intent.hosts.length > 0) return undefined;
  const label = portName(port) ?? String(port.number);
  const key = forLabel.get(portName(port) ?? '') ?? forLabel.get(String(port.number)) ?? forEvery;
  if (key === undefined) return undefined;
  const namesPort = key.slice(ANNOTATION_PREFIX.length).includes('.');
  const right = `${ANNOTATION_PREFIX}${namesPort ? `${label}.` : ''}${HOSTNAME}`;
  const message = `${quoteUserText(key)} looks like a hostname, and without one the port takes every request on its bind, so it is left out: write ${quoteUserText(right)}, or remove the annotation`;
  return { code: 'misspelt-hostname', message };
}

/** The part of a key that stands for the port; undefined if the key isn't meant as a hostname. */
function portOfHostname(
  label: string,
  option: string,
  { names, ports }: { readonly names: readonly string[]; readonly ports: PortLabels },
): string | undefined {
  if (meansHostname(option, names)) return label;
  const isSwapped = isPort(option, ports) && label.toLowerCase() === HOSTNAME;
  return isSwapped ? option : undefined;
}

function meansHostname(option: string, options: readonly string[]): boolean {
  return /host/i.test(option) || suggestWord(option, options) === HOSTNAME;
}

function isPort(label: string, { names, numbers }: PortLabels): boolean {
  return names.has(label) || numbers.has(label);
}

/** The port that a label means; undefined if it resembles none, or if it may not be compared with all any more. */
function meantLabel(label: string, ports: PortLabels, mayCompare: boolean): string | undefined {
  if (isPort(label, ports)) return label;
  return mayCompare
    ? suggestWord(
        label,
        [...ports.names, ...ports.numbers].filter((each) => each !== ''),
      )
    : undefined;
}
