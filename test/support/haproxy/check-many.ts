import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HaproxyVersion } from './haproxy.ts';
import { checkConfig, plainBaseConfig } from './haproxy.ts';

/** One config text and what it is called in complaints: a file name. */
export interface NamedText {
  readonly name: string;
  readonly text: string;
}

/** How all our proxies begin, and nothing else in a text does. */
const PROXY_NAME = /\bk8s-service_/g;
/** So many files on one command line, each a text. */
const AT_ONCE = 500;

/**
 * Checks many texts as if each stood alone, in few processes: each is a file of its own in one check, its proxies
 * renamed so that none meets another's. Gives every complaint and every exit code that isn't 0; nothing means all pass.
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
