import { expect } from 'vitest';
import type { Pass } from './simulated-host.ts';
import { SimulatedHost } from './simulated-host.ts';
import { published } from './texts.ts';

export const FIRST = published('1', { shop: ['10.0.0.1'] });
/** Needs no reload after FIRST. */
export const MORE_SERVERS = published('2', { shop: ['10.0.0.1', '10.0.0.2'] });
/** Needs a reload after FIRST. */
export const NEW_SERVICE = published('3', { shop: ['10.0.0.1'], cart: ['10.0.0.1'] });
/** FIRST with its one bind on another port: what runs has changed, which needs a reload, and nothing is new. */
export function movedTo(revision: string, port: number): typeof FIRST {
  const text = FIRST.published.text.replace(/\*:\d+/, `*:${String(port)}`);
  return { kind: 'published', published: { revision, text } };
}

/** What somebody wrote into dynamic.cfg. */
export const EDITED = '# edited by hand\n';

/** The kinds of decisions that a pass took, in order. */
export function kinds({ decisions }: Pass): string[] {
  return decisions.map(({ kind }) => kind);
}

/** A host that runs FIRST. */
export function serving(...policy: ConstructorParameters<typeof SimulatedHost>): SimulatedHost {
  const host = new SimulatedHost(...policy);
  expect(host.pass(FIRST).outcome).toMatchObject({ kind: 'applied' });
  return host;
}
