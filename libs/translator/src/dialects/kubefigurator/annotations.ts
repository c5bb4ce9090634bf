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

/** One Service may have thousands of annotations; no more of them than this are compared with all names. */
const MOST_SUGGESTIONS = 20;

/** The name of a port without a name: `haproxy-kubefigurator..hostname`, which users of haproxy-kubefigurator write. */
export const UNNAMED = '';

/** One annotation of ours as it is in the manifest. */
export interface RawOption {
  readonly option: Option;
  readonly key: string;
  readonly text: string;
}
/** By the option's name. */
export type RawOptions = Map<string, RawOption>;

/** The annotations of one Service by the port that they name; complaints concern keys that are unknown or too long. */
export interface ServiceAnnotations {
  readonly options: OptionTable;
  /** Those that name no port, and so count for each one. */
  readonly forService: ReadonlyMap<string, RawOption>;
  /** By the text in the annotation: a port's name or its number. */
  readonly forLabel: ReadonlyMap<string, ReadonlyMap<string, RawOption>>;
  /** The names of the Service's ports. */
  readonly names: ReadonlySet<string>;
  readonly misspeltHostnames: MisspeltHostnames;
  readonly complaints: readonly Complaint[];
}

interface Vocabulary extends PortLabels {
  readonly options: OptionTable;
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
  const misfits: string[] = [];
  const tooLong: Complaint[] = [];
  for (const [key, text] of service.annotations) {
    if (!isKubefiguratorKey(key)) continue;
    const place = readKey(key, vocabulary);
    if (place === undefined) misfits.push(key);
    else {
      if (isKeyTooLong(key))
        tooLong.push(adviseShorterKey(key, place.option.name, vocabulary.numberOf.get(place.label ?? '')));
      optionsFor(place.label, forService, forLabel).set(place.option.name, {
        option: place.option,
        key,
        text,
      });
    }
  }
  misfits.sort(compareText);
  return {
    options,
    forService,
    forLabel,
    names: vocabulary.names,
    misspeltHostnames: findMisspeltHostnames(misfits, vocabulary, options),
    complaints: [...complainAll(misfits, vocabulary), ...tooLong],
  };
}

function optionsFor(
  label: string | undefined,
  forService: RawOptions,
  forLabel: Map<string, RawOptions>,
): RawOptions {
  if (label === undefined) return forService;
  const options = forLabel.get(label) ?? new Map<string, RawOption>();
  forLabel.set(label, options);
  return options;
}

function readKey(key: string, vocabulary: Vocabulary): { label?: string; option: Option } | undefined {
  if (!key.startsWith(ANNOTATION_PREFIX)) return undefined;
  const rest = key.slice(ANNOTATION_PREFIX.length);
  const dot = rest.lastIndexOf('.');
  const option = vocabulary.options.find(({ name }) => name === rest.slice(dot + 1));
  if (option === undefined) return undefined;
  if (dot === -1) return { option };
  const label = rest.slice(0, dot);
  return vocabulary.names.has(label) || vocabulary.numbers.has(label) ? { label, option } : undefined;
}

function complainAll(keys: readonly string[], vocabulary: Vocabulary): Complaint[] {
  return keys.map((key, index) => complain(key, vocabulary, index < MOST_SUGGESTIONS));
}

function complain(key: string, vocabulary: Vocabulary, suggests: boolean): Complaint {
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
  const portIsKnown = label === undefined || vocabulary.names.has(label) || vocabulary.numbers.has(label);
  const meant = suggests ? meantKey(label, option, vocabulary) : undefined;
  const question = questionAbout(meant, key);
  return prefixed && isOption(option, vocabulary) && !portIsKnown
    ? { code: 'unknown-port', message: `${quoteUserText(key)} names no port of this Service${question}` }
    : { code: 'unknown-option', message: `${quoteUserText(key)} names no option${question}` };
}

function questionAbout(meant: string | undefined, key: string): string {
  return meant === undefined || meant === key ? '' : `; did you mean ${quoteUserText(meant)}?`;
}

/** The nearest valid spelling; undefined if a part of the key resembles no port or option. */
function meantKey(label: string | undefined, option: string, vocabulary: Vocabulary): string | undefined {
  const meantOption = suggestOption(option, vocabulary);
  if (meantOption === undefined) return undefined;
  if (label === undefined) return `${ANNOTATION_PREFIX}${meantOption}`;
  const known = vocabulary.names.has(label) || vocabulary.numbers.has(label);
  const meantLabel = known
    ? label
    : suggestWord(label, [...vocabulary.names, ...vocabulary.numbers].filter(Boolean));
  return meantLabel === undefined ? undefined : `${ANNOTATION_PREFIX}${meantLabel}.${meantOption}`;
}

function isOption(word: string, { options }: Vocabulary): boolean {
  return options.some(({ name }) => name === word);
}

function suggestOption(word: string, { options }: Vocabulary): string | undefined {
  const names = options.map(({ name }) => name);
  return names.includes(word) ? word : suggestWord(word, names);
}
