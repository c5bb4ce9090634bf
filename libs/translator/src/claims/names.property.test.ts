import { ANNOTATION_PREFIX } from '../dialects/kubefigurator/keys.ts';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ClusterSnapshot } from '../index.ts';
import { defaultTranslatorSettings, formatDiagnostic, readStandingClaims } from '../index.ts';
import type { Compiled } from '../testing/compiled.ts';
import { compileSnapshot } from '../testing/compiled.ts';
import { edited, edits } from '../testing/edits.ts';
import { propertyRuns } from '../testing/property-runs.ts';

const { seed, numRuns } = propertyRuns();
/** Each run has up to sixteen edits, and each edit is compiled. */
const options = { seed, numRuns: Math.ceil(numRuns / 4) };
const EMPTY: ClusterSnapshot = {
  services: [],
  nodes: [
    {
      ...{ name: 'worker-a', labels: new Map<string, string>(), taints: [], deleting: false },
      addresses: [{ type: 'InternalIP', address: '10.1.0.11' }],
    },
  ],
};

/** `<namespace> <name>` of everything that is served or reserved, on any bind. */
function owned({ claims: { binds, reservations } }: Compiled): Set<string> {
  const served = binds.flatMap(({ holders }) =>
    holders.flatMap(({ source, hosts }) => hosts.map(({ name }) => `${source.namespace} ${name}`)),
  );
  const kept = reservations.flatMap(({ source, hosts }) =>
    hosts.flatMap((name) => (name === '*' ? [] : [`${source.namespace} ${name}`])),
  );
  return new Set([...served, ...kept]);
}

/** The pairs of names of different namespaces of which the first takes requests of the second. */
function takings(names: ReadonlySet<string>): string[][] {
  const all = [...names].map((each) => each.split(' '));
  return all.flatMap(([namespace = '', name = '']) =>
    all.flatMap(([other = '', theirs = '']) => {
      const takes = name === theirs || (name.startsWith('.') && theirs.endsWith(name));
      return other !== namespace && takes ? [[`${namespace} ${name}`, `${other} ${theirs}`]] : [];
    }),
  );
}

function shares({ services }: ClusterSnapshot, owner: string): boolean {
  const [namespace = '', name = ''] = owner.split(' ');
  return services.some(
    (service) =>
      service.namespace === namespace &&
      service.annotations.get(`${ANNOTATION_PREFIX}wildcard`) === 'shared' &&
      service.annotations.get(`${ANNOTATION_PREFIX}hostname`)?.includes(`*${name}`) === true,
  );
}

it(
  `random edits, ${options.numRuns} from seed ${seed}: no namespace gets a name that another one has on any bind`,
  { timeout: 600_000 },
  () => {
    let granted = 0;
    fc.assert(
      fc.property(edits, (list) => {
        let [snapshot, before]: [ClusterSnapshot, Compiled | undefined] = [EMPTY, undefined];
        for (const edit of list) {
          snapshot = edited(snapshot, edit);
          const after: Compiled = compileSnapshot(
            snapshot,
            defaultTranslatorSettings,
            readStandingClaims(before?.text),
          );
          const [had, has] = [before === undefined ? new Set<string>() : owned(before), owned(after)];
          const stood = new Set(takings(had).map((pair) => pair.join()));
          const news = takings(has).filter((pair) => !stood.has(pair.join()));
          // The owner of a wildcard may let others have names below it; nobody gets a wildcard above what others have.
          const wrong = news.filter(
            ([taker = '', taken = '']) =>
              !shares(snapshot, taker) ||
              taker.split(' ')[1] === taken.split(' ')[1] ||
              (had.has(taken) && !had.has(taker)),
          );
          granted += news.length - wrong.length;
          expect(
            wrong,
            `${before?.text ?? ''}\n${after.text}\n${after.diagnostics.map(formatDiagnostic).join('\n')}`,
          ).toEqual([]);
          before = after;
        }
      }),
      options,
    );
    expect(granted).toBeGreaterThan(0);
  },
);
