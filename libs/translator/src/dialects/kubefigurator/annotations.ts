import { compareText } from '@kubefigurator/config-model';
import type { Complaint } from '../../diagnostics/diagnostics.ts';
import { quoteUserText } from '../../diagnostics/quote.ts';
import { suggestWord } from '../../diagnostics/suggest.ts';
import type { Option, OptionTable } from '../../options/option.ts';
import type { ServiceRecord } from '../../snapshot/snapshot.ts';
import { ANNOTATION_PREFIX, ENABLING_LABEL, isKubefiguratorKey } from './keys.ts';
import { isKeyTooLong, adviseShorterKey } from './key-length.ts';
import type { MisspeltHostnames, PortLabels } from './misspelt-hostname.ts';
import { findMisspeltHostnames } from './misspelt-hostname.ts';
import { portName } from './ports.ts';

/** How many unknown keys are named: one Service may have thousands of annotations. */
const MOST_UNKNOWN = 20;

/** The name of a port without a name, as the predecessor takes it: `haproxy-kubefigurator..hostname`. */
export const UNNAMED = '';

/** One annotation of ours as it is in the manifest. */
export interface RawOption {
  readonly option: Option;
  readonly key: string;
  readonly text: string;
}
/** By the option's name. */
export type RawOptions = Map<string, RawOption>;

/** The annotations of one Service by the port that they name. */
export interface ServiceAnnotations {
  readonly options: OptionTable;
  /** Those that name no port and so count for each port, by the name of the option. */
  readonly forService: ReadonlyMap<string, RawOption>;
  /** By the port's name or number, as the annotation has it; then by the name of the option. */
  readonly forLabel: ReadonlyMap<string, ReadonlyMap<string, RawOption>>;
  /** The names of the Service's ports. */
  readonly names: ReadonlySet<string>;
  readonly misspeltHostnames: MisspeltHostnames;
  /** About keys that are unknown or too long. */
  readonly complaints: readonly Complaint[];
}

interface Vocabulary extends PortLabels {
  readonly options: OptionTable;
  /** The number of a port, by its name or `UNNAMED`. */
  readonly numberOf: ReadonlyMap<string, number>;
}

/** Reads the keys of a Service's annotations; `createOptionReader` reads their values. */
export function collectAnnotations(service: ServiceRecord, options: OptionTable): ServiceAnnotations {
  const vocabulary: Vocabulary = {
    options,
    names: new Set(service.ports.map((port) => portName(port) ?? UNNAMED)),
    numbers: new Set(service.ports.map((port) => String(port.number))),
    numberOf: new Map(service.ports.map((port) => [portName(port) ?? UNNAMED, port.number])),
  };
  const forService: RawOptions = new Map();
  const forLabel = new Map<string, RawOptions>();
  const unknownKeys: string[] = [];
  const tooLong: Complaint[] = [];
  for (const [key, text] of service.annotations) {
    if (!isKubefiguratorKey(key)) continue;
    const place = readKey(key, vocabulary);
    if (place === undefined) unknownKeys.push(key);
    else {
      const port = vocabulary.numberOf.get(place.label ?? UNNAMED);
      if (isKeyTooLong(key)) tooLong.push(adviseShorterKey(key, place.option.name, port));
      getOrAddOptions(place.label, forService, forLabel).set(place.option.name, {
        option: place.option,
        key,
        text,
      });
    }
  }
  unknownKeys.sort(compareText);
  return {
    options,
    forService,
    forLabel,
    names: vocabulary.names,
    misspeltHostnames: findMisspeltHostnames(unknownKeys, vocabulary, options),
    complaints: [...complaintsAbout(unknownKeys, vocabulary), ...tooLong],
  };
}

function getOrAddOptions(
  label: string | undefined,
  forService: RawOptions,
  forLabel: Map<string, RawOptions>,
): RawOptions {
  if (label === undefined) return forService;
  const options = forLabel.get(label) ?? new Map<string, RawOption>();
  forLabel.set(label, options);
  return options;
}

/** The option that a key names, and the port if it names one; undefined if it names another option or port. */
function readKey(key: string, vocabulary: Vocabulary): { label?: string; option: Option } | undefined {
  if (!key.startsWith(ANNOTATION_PREFIX)) return undefined;
  const rest = key.slice(ANNOTATION_PREFIX.length);
  const dot = rest.lastIndexOf('.');
  const option = vocabulary.options.find(({ name }) => name === rest.slice(dot + 1));
  if (option === undefined) return undefined;
  if (dot === -1) return { option };
  const label = rest.slice(0, dot);
  return isPortLabel(label, vocabulary) ? { label, option } : undefined;
}

function complaintsAbout(keys: readonly string[], vocabulary: Vocabulary): Complaint[] {
  const named = keys.slice(0, MOST_UNKNOWN).map((key) => complain(key, vocabulary));
  const others = keys.length - named.length;
  if (others <= 0) return named;
  const message = `${others} more annotations under ${ANNOTATION_PREFIX} name no option or no port of this Service`;
  return [...named, { code: 'unknown-option', message }];
}

function complain(key: string, vocabulary: Vocabulary): Complaint {
  if (key === ENABLING_LABEL.key) {
    return {
      code: 'near-miss-label',
      message: `${quoteUserText(key)} is an annotation here; it works as a label only`,
    };
  }
  const rest = key.slice(ANNOTATION_PREFIX.length);
  const dot = rest.lastIndexOf('.');
  const option = rest.slice(dot + 1);
  const label = dot === -1 ? undefined : rest.slice(0, dot);
  const prefixed = key.startsWith(ANNOTATION_PREFIX);
  const namesUnknownPort = label !== undefined && !isPortLabel(label, vocabulary);
  const meant = meantKey(label, option, vocabulary);
  const question = questionAbout(meant, key);
  return prefixed && isOption(option, vocabulary) && namesUnknownPort
    ? { code: 'unknown-port', message: `${quoteUserText(key)} names no port of this Service${question}` }
    : { code: 'unknown-option', message: `${quoteUserText(key)} names no option${question}` };
}

function questionAbout(meant: string | undefined, key: string): string {
  return meant === undefined || meant === key ? '' : `; did you mean ${quoteUserText(meant)}?`;
}

/** The key that was probably meant; undefined if its option or port resembles none. */
function meantKey(label: string | undefined, option: string, vocabulary: Vocabulary): string | undefined {
  const meantOption = suggestOption(option, vocabulary);
  if (meantOption === undefined) return undefined;
  if (label === undefined) return `${ANNOTATION_PREFIX}${meantOption}`;
  const meantLabel = isPortLabel(label, vocabulary)
    ? label
    : suggestWord(label, [...vocabulary.names, ...vocabulary.numbers].filter(Boolean));
  return meantLabel === undefined ? undefined : `${ANNOTATION_PREFIX}${meantLabel}.${meantOption}`;
}

function isPortLabel(label: string, { names, numbers }: Vocabulary): boolean {
  return names.has(label) || numbers.has(label);
}

function isOption(word: string, { options }: Vocabulary): boolean {
  return options.some(({ name }) => name === word);
}

function suggestOption(word: string, { options }: Vocabulary): string | undefined {
  const names = options.map(({ name }) => name);
  return names.includes(word) ? word : suggestWord(word, names);
}
