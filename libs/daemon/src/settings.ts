import type { Io } from './io.ts';
import { parseBoolean, parseDuration, parseNonBlankText, parseWhole, type Parsed } from './parse.ts';

/** One row of a program's table of settings: flag, environment variable, parser, default and help. */
export interface Setting<T> {
  readonly form: 'one' | 'list' | 'switch' | 'count';
  /** The flag without its dashes; `environmentName` makes the name of the variable from it. */
  readonly flag: string;
  /** One letter, without its dash. */
  readonly short?: string;
  /** The placeholder in help, such as `file`. */
  readonly value: string;
  readonly help: string;
  /** The heading in help under which it is listed. */
  readonly group: string;
  /** Further variables, read in this order if ours is not set. */
  readonly environment: readonly string[];
  /** True if an empty text is a value; if false, an empty variable counts as not set. */
  readonly emptyIsValue: boolean;
  /** How help shows the default; undefined if help shows none. */
  readonly defaultText: string | undefined;
  /** Parses all texts given; the reason says what is wrong with the first wrong one. */
  readonly parse: (texts: readonly string[]) => Parsed<T>;
  /** The default: the value if neither flag nor variable is given. */
  readonly initial: (io: Io) => T;
  /** How `--print-settings` shows a value. */
  readonly show: (value: unknown) => string;
  /** The only texts that it takes; absent if it takes others. */
  readonly choices?: readonly string[];
}

export type SettingsTable = Readonly<Record<string, Setting<unknown>>>;

/** The values of a table, under the names of its rows. */
export type SettingsOf<Table extends SettingsTable> = {
  readonly [Name in keyof Table]: Table[Name] extends Setting<infer Value> ? Value : never;
};

/** What the declaration of every kind of setting has. */
export interface SettingOptions {
  readonly flag: string;
  readonly short?: string;
  readonly value?: string;
  readonly help: string;
  readonly group?: string;
  readonly environment?: readonly string[];
  readonly emptyIsValue?: boolean;
  /** How help shows the default; without it help shows the value, or nothing if a function gives the value. */
  readonly defaultText?: string;
}

/** A default, or a function that reads it from the process. */
export type Initial<T> = T | ((io: Io) => T);

const DEFAULT_GROUP = 'Options';

function showValue(value: unknown): string {
  if (value === undefined || value === '') return '(none)';
  if (!Array.isArray(value)) return String(value);
  return value.length === 0 ? '(none)' : value.map(String).join(',');
}

function base(options: SettingOptions, initial: unknown): Omit<Setting<never>, 'form' | 'parse' | 'initial'> {
  const text = typeof initial === 'function' ? undefined : showValue(initial);
  const shown = options.defaultText ?? (text === '(none)' ? undefined : text);
  return {
    flag: options.flag,
    ...(options.short === undefined ? {} : { short: options.short }),
    value: options.value ?? 'text',
    help: options.help,
    group: options.group ?? DEFAULT_GROUP,
    environment: options.environment ?? [],
    emptyIsValue: options.emptyIsValue ?? false,
    defaultText: shown,
    show: showValue,
  };
}

function initialOf<T>(initial: Initial<T>): (io: Io) => T {
  return typeof initial === 'function' ? (initial as (io: Io) => T) : () => initial;
}

const lastOf = (texts: readonly string[]): string => texts.at(-1) ?? '';

/** A single value with a parser of its own; if the flag is repeated, the last value counts. */
export function setting<T>(
  options: SettingOptions & { readonly parse: (text: string) => Parsed<T>; readonly default: Initial<T> },
): Setting<T> {
  return {
    ...base(options, options.default),
    form: 'one',
    parse: (texts) => options.parse(lastOf(texts)),
    initial: initialOf(options.default),
  };
}

export function textSetting(options: SettingOptions & { readonly default: Initial<string> }): Setting<string>;
export function textSetting(options: SettingOptions): Setting<string | undefined>;
/** A text that isn't blank, or any text if `emptyIsValue`; undefined if it is not given and has no default. */
export function textSetting(
  options: SettingOptions & { readonly default?: Initial<string> },
): Setting<string | undefined> {
  const parse = options.emptyIsValue === true ? (text: string) => ({ value: text }) : parseNonBlankText;
  return setting<string | undefined>({ ...options, parse, default: options.default });
}

export function fileSetting(options: SettingOptions & { readonly default: Initial<string> }): Setting<string>;
export function fileSetting(options: SettingOptions): Setting<string | undefined>;
/** The path of a file; the file isn't opened. */
export function fileSetting(
  options: SettingOptions & { readonly default?: Initial<string> },
): Setting<string | undefined> {
  const { default: initial, ...rest } = options;
  const named = { value: 'file', ...rest };
  return initial === undefined ? textSetting(named) : textSetting({ ...named, default: initial });
}

/** A whole number within bounds. */
export function numberSetting(
  options: SettingOptions & { readonly default: Initial<number>; readonly min: number; readonly max: number },
): Setting<number> {
  return setting({ value: 'n', ...options, parse: (text) => parseWhole(text, options.min, options.max) });
}

/** A duration such as `10s`; its value is in milliseconds. */
export function durationSetting(options: SettingOptions & { readonly defaultMs: number }): Setting<number> {
  const show = (value: unknown): string => showDuration(Number(value));
  const initial = { default: options.defaultMs, defaultText: show(options.defaultMs) };
  return { ...setting({ value: 'duration', ...initial, ...options, parse: parseDuration }), show };
}

function showDuration(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}

/** One of the choices. */
export function choiceSetting<const Choice extends string>(
  options: SettingOptions & { readonly choices: readonly Choice[]; readonly default: NoInfer<Choice> },
): Setting<Choice> {
  const { choices } = options;
  const value = choices.join('|');
  const expected = `${choices.slice(0, -1).join(', ')} or ${choices.at(-1) ?? ''}`;
  const parse = (text: string): Parsed<Choice> => {
    const found = choices.find((choice) => choice === text);
    return found === undefined ? { reason: `"${text}" is not known; give ${expected}` } : { value: found };
  };
  return { ...setting<Choice>({ value, ...options, parse, default: options.default }), choices };
}

/** A switch: `--<flag>` is true, `--no-<flag>` is false, and the variable takes what `parseBoolean` does. */
export function booleanSetting(options: SettingOptions & { readonly default?: boolean }): Setting<boolean> {
  const initial = options.default ?? false;
  const made = setting({ ...options, parse: parseBoolean, default: initial });
  return { ...made, form: 'switch', defaultText: initial ? 'true' : undefined };
}

/** The number of times that a switch is given, such as 2 for `-vv`; the variable takes the number. */
export function countSetting(options: SettingOptions): Setting<number> {
  return {
    ...base(options, undefined),
    form: 'count',
    parse: (texts) => parseCount(texts),
    initial: () => 0,
  };
}

/** A flag gives an empty text for each time it is used, so a text that isn't empty is from the environment variable. */
function parseCount(texts: readonly string[]): Parsed<number> {
  const [first = ''] = texts;
  const isVariable = texts.length === 1 && first !== '';
  return isVariable ? parseWhole(first, 0, 99) : { value: texts.length };
}

export function listSetting<T>(
  options: ListOptions<T> & { readonly parse: (text: string) => Parsed<T> },
): Setting<readonly T[]>;
export function listSetting(options: ListOptions<string>): Setting<readonly string[]>;
/**
 * Values from a repeated flag or separated by commas, in their order. Empty ones are dropped; a list in which none is left
 * is an error unless `emptyIsValue` is set.
 */
export function listSetting(
  options: Omit<ListOptions<unknown>, 'showItem'> & {
    readonly showItem?: (value: never) => string;
    readonly parse?: (text: string) => Parsed<unknown>;
  },
): Setting<readonly unknown[]> {
  const showItem = (options.showItem ?? String) as (value: unknown) => string;
  return {
    ...base(options, options.default),
    show: (value) => showValue(Array.isArray(value) ? value.map(showItem) : value),
    form: 'list',
    parse: (texts) => parseList(texts, options),
    initial: initialOf(options.default),
  };
}

export interface ListOptions<T> extends SettingOptions {
  readonly default: Initial<readonly T[]>;
  /** False if values may contain commas: then each flag is one value, and the whole variable is one value. */
  readonly commas?: boolean;
  /** How `--print-settings` shows one value; by default as JavaScript does, which suits texts and numbers only. */
  readonly showItem?: (value: T) => string;
}

function parseList(
  texts: readonly string[],
  options: Pick<ListOptions<unknown>, 'commas' | 'emptyIsValue'> & {
    readonly parse?: (text: string) => Parsed<unknown>;
  },
): Parsed<readonly unknown[]> {
  const items =
    options.commas === false ? texts : texts.flatMap((text) => text.split(',').map((item) => item.trim()));
  const values: unknown[] = [];
  for (const item of items.filter((text) => text !== '')) {
    const parsed = (options.parse ?? parseNonBlankText)(item);
    if (!('value' in parsed)) return parsed;
    values.push(parsed.value);
  }
  return values.length > 0 || options.emptyIsValue === true ? { value: values } : { reason: 'is empty' };
}
