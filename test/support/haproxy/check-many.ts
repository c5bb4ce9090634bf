import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HaproxyVersion } from './haproxy.ts';
import { checkConfig, plainBaseConfig } from './haproxy.ts';

/** A config text and the file name that HAProxy's messages show for it. */
export interface NamedText {
  readonly name: string;
  readonly text: string;
}

/** The prefix of all our proxies, which occurs nowhere else in a text. */
const PROXY_NAME = /\bk8s-service_/g;
/** The number of texts, each in its own file, on one command line. */
const AT_ONCE = 500;

/**
 * Checks many texts independently in few processes: each text is a file of one check, with its proxies renamed so that
 * names don't collide. Returns every message and every exit code other than 0; an empty list means that all are valid.
 */
export async function checkMany(
  haproxy: HaproxyVersion,
  folder: string,
  texts: readonly NamedText[],
): Promise<string[]> {
  mkdirSync(folder, { recursive: true });
  const base = join(folder, 'base.cfg');
  writeFileSync(base, plainBaseConfig(folder));
  const complaints: string[] = [];
  for (let start = 0; start < texts.length; start += AT_ONCE) {
    const files = texts.slice(start, start + AT_ONCE).map(({ name, text }, index) => {
      const file = join(folder, name);
      writeFileSync(file, text.replaceAll(PROXY_NAME, `${String(index)}_k8s-service_`));
      return file;
    });
    const { code, complaints: said } = await checkConfig(haproxy, [base, ...files]);
    if (code !== 0 || said !== '') complaints.push(`exit ${String(code)}`, ...said.split('\n').slice(0, 50));
    for (const file of files) rmSync(file);
  }
  return complaints;
}
