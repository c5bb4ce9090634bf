import {
  type ClusterSnapshot,
  defaultTranslatorSettings,
  type Inventory,
  readInventory,
} from '@kubefigurator/translator';
import { type Edit, edited, edits, propertyRuns } from '@kubefigurator/translator/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compileGuarded, type GuardedCompilation } from './guarded.ts';
import type { GuardSettings } from './publish/guard/decide.ts';
import { createGuard, type Guard } from './publish/guard/guard.ts';
import { compareInventories } from './publish/guard/losses.ts';
import { judge } from './publish/testing/asked.ts';
import { claimsAfterReleases } from './publish/releases.ts';

const { seed, numRuns } = propertyRuns();
/** Each run has up to sixteen edits, and each is compiled several times. */
const options = { seed, numRuns: Math.ceil(numRuns / 10) };
const runs = `${options.numRuns} from seed ${options.seed}`;
const TIMEOUT = 600_000;
const EVERYTHING: GuardSettings = { guards: true, share: 0, minimum: 1, confirmAfterMs: 300_000 };
const node = (name: string, number: number): ClusterSnapshot['nodes'][number] => ({
  ...{ name, labels: new Map<string, string>(), taints: [], deleting: false },
  addresses: [
    { type: 'InternalIP', address: `10.1.0.${number}` },
    { type: 'InternalIP', address: `2001:db8::${number}` },
  ],
});
const EMPTY: ClusterSnapshot = { services: [], nodes: [node('worker-a', 1), node('worker-b', 2)] };

const NOTHING: GuardSettings = { ...EVERYTHING, guards: false };

function compile(snapshot: ClusterSnapshot, before: string | undefined, guard: Guard): GuardedCompilation {
  return compileGuarded(snapshot, defaultTranslatorSettings, {
    ...{ before, releases: [], guard, isApproved: () => false, now: 0, listedAt: undefined },
  });
}

/** The snapshot after all edits, and its text. */
function publish(list: readonly Edit[]): { readonly snapshot: ClusterSnapshot; readonly text: string } {
  let [snapshot, text] = [EMPTY, compile(EMPTY, undefined, createGuard(NOTHING)).text];
  for (const edit of list) {
    snapshot = edited(snapshot, edit);
    text = compile(snapshot, text, createGuard(NOTHING)).text;
  }
  return { snapshot, text };
}

/** What clients of the first text don't reach by the second one as they did. */
function lost(before: string, after: string): readonly string[] {
  const of = (text: string): Inventory => readInventory(text, claimsAfterReleases(text, []));
  const { hosts, servers } = compareInventories(of(before), of(after));
  return [...hosts.map(({ id }) => id), ...servers.flatMap(({ names }) => names)];
}

/** Which of the six Services and of the two nodes an incomplete list has. */
const listed = fc.record({
  services: fc.subarray(['a', 'b', 'c', 'd', 'e', 'f']),
  nodes: fc.subarray(['worker-a', 'worker-b']),
});

it(
  `what an incomplete list lacks stays as it is, nobody else gets it, and the result is a fixed point: ${runs}`,
  { timeout: TIMEOUT },
  () => {
    const property = fc.property(edits, listed, (list, { services, nodes }) => {
      const { snapshot, text } = publish(list);
      const incomplete = {
        services: snapshot.services.filter(({ name }) => services.includes(name)),
        nodes: snapshot.nodes.filter(({ name }) => nodes.includes(name)),
      };
      const guard = createGuard(EVERYTHING);
      const compiled = compile(incomplete, text, guard);
      // Another Service may have all that is gone: its clients have an answer, and nothing is held.
      if (compiled.judgement.verdict.held.length > 0) expect(lost(text, compiled.text)).toEqual([]);
      expect(readInventory(compiled.text, claimsAfterReleases(compiled.text, []))).toEqual(
        compiled.inventory(),
      );
      guard.published(compiled.judgement, compiled, 0);
      expect(compile(incomplete, compiled.text, guard).text, 'a fixed point').toBe(compiled.text);
      const restarted = createGuard(EVERYTHING);
      restarted.resume(compiled.judgement.verdict.held.map(({ service }) => service));
      expect(compile(incomplete, compiled.text, restarted).text, 'after a restart').toBe(compiled.text);
    });
    fc.assert(property, options);
  },
);

it(
  `what a guard holds is accepted by the hosts and settles, whatever Services do meanwhile: ${runs}`,
  { timeout: TIMEOUT },
  () => {
    const property = fc.property(edits, (list) => {
      const guard = createGuard(EVERYTHING);
      let [snapshot, text] = [EMPTY, undefined as string | undefined];
      for (const edit of list) {
        snapshot = edited(snapshot, edit);
        let compiled = compile(snapshot, text, guard);
        expect(judge(compiled.text)).toMatchObject({ kind: 'accepted' });
        for (let round = 0; compiled.text !== text && round < 4; round += 1) {
          guard.published(compiled.judgement, compiled, 0);
          text = compiled.text;
          compiled = compile(snapshot, text, guard);
        }
        expect(compiled.text, edit.name).toBe(text);
      }
    });
    fc.assert(property, options);
  },
);
