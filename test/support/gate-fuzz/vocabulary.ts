import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HaproxyVersion } from '../haproxy/haproxy.ts';

/** A word with the number of words that follow it. */
export interface KnownWord {
  readonly word: string;
  readonly values: number;
}

/** A sample fetch or a converter. */
export interface KnownCall {
  readonly name: string;
  /** What it takes in parentheses, such as `string`, `integer` or `table`; square brackets are left out. */
  readonly args: readonly string[];
}

/** What a HAProxy knows, as it prints it itself (`-dK`, management guide). */
export interface Vocabulary {
  readonly directives: readonly string[];
  readonly bindOptions: readonly KnownWord[];
  readonly serverOptions: readonly KnownWord[];
  /** What follows `option`. */
  readonly options: readonly string[];
  /** The actions of each rule, such as `http-request` or `tcp-request content`. */
  readonly actions: ReadonlyMap<string, readonly string[]>;
  readonly fetches: readonly KnownCall[];
  readonly converters: readonly KnownCall[];
  readonly matchers: readonly string[];
  readonly filters: readonly string[];
  readonly services: readonly string[];
}

const CLASSES = ['cfg', 'flt', 'acl', 'smp', 'cnv', 'svc'] as const;
type Dump = Readonly<Record<(typeof CLASSES)[number], string>>;

/** Asks a HAProxy for its words. */
export function vocabularyOf({ path }: HaproxyVersion, folder: string): Vocabulary {
  const listener = join(folder, 'listener.cfg');
  writeFileSync(listener, 'frontend f\n  mode http\n  bind 127.0.0.1:1\n');
  const dumps = CLASSES.map((kind) => {
    const args = [`-dK${kind}`, '-q', '-c', '-f', listener];
    return [kind, spawnSync(path, args, { encoding: 'utf8' }).stdout] as const;
  });
  return parseVocabulary(Object.fromEntries(dumps) as Dump);
}

/** Reads what `-dK` prints. */
export function parseVocabulary({ cfg, flt, acl, smp, cnv, svc }: Dump): Vocabulary {
  const lines = cfg.split('\n').map((line) => line.trim());
  const rules = lines.flatMap((line) => {
    const [, rule = '', action = ''] = RULE.exec(line) ?? [];
    return rule === '' ? [] : [[rule, action.replace(/\*$/, '')] as const];
  });
  const actions = new Map<string, string[]>();
  for (const [rule, action] of rules) actions.set(rule, [...(actions.get(rule) ?? []), action]);
  return {
    directives: distinct(lines.map((line) => /^[a-z0-9._-]+/.exec(line)?.[0] ?? '')),
    bindOptions: optionsIn(lines, /^bind <addr> (?:ssl (?=\S))?(\S+)(?: \+(-?\d+))?/),
    serverOptions: optionsIn(lines, /^server <name> <addr> (\S+)(?: \+(-?\d+))?/),
    options: distinct(lines.map((line) => /^option (\S+)/.exec(line)?.[1] ?? '')),
    actions,
    fetches: smp.split('\n').flatMap((line) => callIn(line.replace(/^\[[^\]]*\]/, ''))),
    converters: cnv.split('\n').flatMap(callIn),
    matchers: distinct(acl.split('\n').map((line) => line.split(' ')[0] ?? '')),
    filters: distinct(flt.split('\n').map((line) => line.trim().split(' ')[0] ?? '')),
    services: distinct(svc.split('\n').map((line) => line.trim())),
  };
}

const RULE =
  /^((?:http-(?:request|response|after-response|check))|tcp-check|tcp-re(?:quest|sponse) (?:connection|session|content)|quic-initial) (\S+)/;

function optionsIn(lines: readonly string[], pattern: RegExp): KnownWord[] {
  return lines.flatMap((line) => {
    const [, word, values = '0'] = pattern.exec(line) ?? [];
    return word === undefined ? [] : [{ word, values: Math.abs(Number(values)) }];
  });
}

function callIn(line: string): KnownCall[] {
  const [, name, args = ''] = /^\s*([a-z0-9_.-]+)(?:\(([^)]*)\))?: /i.exec(line) ?? [];
  if (name === undefined) return [];
  return [
    {
      name,
      args: args
        .replace(/[[\]]/g, '')
        .split(',')
        .filter((arg) => arg !== ''),
    },
  ];
}

function distinct(words: readonly string[]): string[] {
  return [...new Set(words.filter((word) => /^[a-z0-9]/i.test(word)))];
}
