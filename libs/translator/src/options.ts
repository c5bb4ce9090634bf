import type { Finding } from '@kubefigurator/config-model';
import { compareText } from '@kubefigurator/config-model';
import type { OptionName, OptionValues, ParseContext } from './annotations.ts';
import { ANNOTATION_PREFIX, ENABLING_LABEL, isOptionName, OPTION_NAMES, OPTIONS } from './annotations.ts';
import { isOurs } from './dialects/kubefigurator/concerns.ts';
import { quote } from './quote.ts';
import type { PortRecord, ServiceRecord } from './snapshot.ts';
import { suggest } from './suggest.ts';

/** One Service may hold thousands of annotations; this many complaints about their names are enough. */
const MOST_COMPLAINTS = 20;

const UNNAMED = '';

/** One annotation of ours as it was written. */
interface RawOption {
  readonly key: string;
  readonly text: string;
}
type RawOptions = Map<OptionName, RawOption>;

/** A port's name; undefined when it has none. */
export function portName(port: PortRecord): string | undefined {
  return port.name === '' ? undefined : port.name;
}

/** The annotations of one Service, sorted by whom they are for, and complaints about those that are for nobody. */
export interface ServiceOptions {
  readonly forService: ReadonlyMap<OptionName, RawOption>;
  /** By the text in the annotation: a port's name or its number. */
  readonly forLabel: ReadonlyMap<string, ReadonlyMap<OptionName, RawOption>>;
  readonly names: ReadonlySet<string>;
  readonly complaints: readonly Complaint[];
}

export type Complaint = Pick<Finding, 'code' | 'message'>;

interface Labels {
  /** An unnamed port's name is empty: `haproxy-kubefigurator..hostname` is how the first users wrote that. */
  readonly names: ReadonlySet<string>;
  readonly numbers: ReadonlySet<string>;
}

/** Reads the names of a Service's annotations, each once; their values are read where a port needs them. */
export function collectOptions(service: ServiceRecord): ServiceOptions {
  const labels: Labels = {
    names: new Set(service.ports.map((port) => portName(port) ?? UNNAMED)),
    numbers: new Set(service.ports.map((port) => String(port.number))),
  };
  const forService: RawOptions = new Map();
  const forLabel = new Map<string, RawOptions>();
  const misfits: string[] = [];
  for (const [key, text] of service.annotations) {
    if (!isOurs(key)) continue;
    const place = readKey(key, labels);
    if (place === undefined) misfits.push(key);
    else optionsFor(place.label, forService, forLabel).set(place.option, { key, text });
  }
  return { forService, forLabel, names: labels.names, complaints: complainAll(misfits, labels) };
}

function optionsFor(
  label: string | undefined,
  forService: RawOptions,
  forLabel: Map<string, RawOptions>,
): RawOptions {
  if (label === undefined) return forService;
  const options = forLabel.get(label) ?? new Map<OptionName, RawOption>();
  forLabel.set(label, options);
  return options;
}

function readKey(key: string, labels: Labels): { label?: string; option: OptionName } | undefined {
  if (!key.startsWith(ANNOTATION_PREFIX)) return undefined;
  const rest = key.slice(ANNOTATION_PREFIX.length);
  const dot = rest.lastIndexOf('.');
  const option = rest.slice(dot + 1);
  if (!isOptionName(option)) return undefined;
  if (dot === -1) return { option };
  const label = rest.slice(0, dot);
  return labels.names.has(label) || labels.numbers.has(label) ? { label, option } : undefined;
}

function complainAll(keys: readonly string[], labels: Labels): Complaint[] {
  const told = [...keys]
    .sort(compareText)
    .slice(0, MOST_COMPLAINTS)
    .map((key) => complain(key, labels));
  const untold = keys.length - told.length;
  if (untold > 0) {
    told.push({
      code: 'unknown-option',
      message: `${untold} more annotations name no port or option either`,
    });
  }
  return told;
}

function complain(key: string, labels: Labels): Complaint {
  if (key === ENABLING_LABEL.key) {
    return {
      code: 'near-miss-label',
      message: `${quote(key)} is an annotation here; it works as a label only`,
    };
  }
  const rest = key.slice(ANNOTATION_PREFIX.length);
  const dot = rest.lastIndexOf('.');
  const option = rest.slice(dot + 1);
  const label = dot === -1 ? undefined : rest.slice(0, dot);
  const prefixed = key.startsWith(ANNOTATION_PREFIX);
  const portIsKnown = label === undefined || labels.names.has(label) || labels.numbers.has(label);
  const meant = meantKey(label, option, labels);
  const question = meant === undefined || meant === key ? '' : `; did you mean ${quote(meant)}?`;
  return prefixed && isOptionName(option) && !portIsKnown
    ? { code: 'unknown-port', message: `${quote(key)} names no port of this Service${question}` }
    : { code: 'unknown-option', message: `${quote(key)} names no option${question}` };
}

/** The nearest spelling that would work; undefined when a part of the key is like nothing we know. */
function meantKey(label: string | undefined, option: string, labels: Labels): string | undefined {
  const meantOption = isOptionName(option) ? option : suggest(option, OPTION_NAMES);
  if (meantOption === undefined) return undefined;
  if (label === undefined) return `${ANNOTATION_PREFIX}${meantOption}`;
  const known = labels.names.has(label) || labels.numbers.has(label);
  const meantLabel = known ? label : suggest(label, [...labels.names, ...labels.numbers].filter(Boolean));
  return meantLabel === undefined ? undefined : `${ANNOTATION_PREFIX}${meantLabel}.${meantOption}`;
}

/** What the options of one port say, and what is wrong with them. */
export interface PortOptions {
  readonly values: OptionValues;
  readonly findings: readonly Complaint[];
  /** True when a value does not parse: the port is left out. */
  readonly broken: boolean;
}

/** Parses the options of one port: those of its name before those of its number before those of the whole Service. */
export function readPortOptions(
  options: ServiceOptions,
  port: PortRecord,
  context: ParseContext,
): PortOptions {
  const values: Partial<Record<OptionName, unknown>> = {};
  const findings: Complaint[] = [];
  let broken = false;
  for (const [name, { key, text }] of rawOptions(options, port)) {
    const row = OPTIONS[name];
    if (text === '' && row.empty === 'unset') continue;
    const parsed = row.parse(text, context);
    if (parsed.ok) {
      values[name] = parsed.value;
      if (parsed.warning !== undefined) {
        findings.push({
          code: 'unusual-boolean',
          message: `${quote(key)} is ${quote(text)}, which ${parsed.warning}`,
        });
      }
    } else {
      broken = true;
      findings.push({
        code: parsed.code ?? 'invalid-value',
        message: `${quote(key)} is ${quote(text)}, but ${blame(parsed.reason)}`,
      });
    }
  }
  return { values: values as OptionValues, findings, broken };
}

function blame(reason: string): string {
  return `${reason.startsWith('must') ? 'it ' : 'that '}${reason}; the port is left out`;
}

function rawOptions(options: ServiceOptions, port: PortRecord): Map<OptionName, RawOption> {
  const number = String(port.number);
  const numbered = options.names.has(number) ? undefined : options.forLabel.get(number);
  const named = options.forLabel.get(portName(port) ?? UNNAMED);
  return new Map([...options.forService, ...(numbered ?? []), ...(named ?? [])]);
}
