import { formatAddressPort } from '@kubefigurator/config-model';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ClusterSnapshot, Diagnostic, HeldBind } from '../index.ts';
import { defaultTranslatorSettings, formatDiagnostic, readStandingClaims } from '../index.ts';
import type { Compiled } from '../testing/compiled.ts';
import { compileSnapshot } from '../testing/compiled.ts';
import { edited, edits } from '../testing/edits.ts';
import { propertyRuns } from '../testing/property-runs.ts';

const { seed, numRuns } = propertyRuns();
/** Each run has up to sixteen edits, and each edit is compiled. */
const options = { seed, numRuns: Math.ceil(numRuns / 4) };
const runs = `${options.numRuns} from seed ${options.seed}`;
const TIMEOUT = 600_000;
const EMPTY: ClusterSnapshot = {
  services: [],
  nodes: [
    {
      ...{ name: 'worker-a', labels: new Map<string, string>(), taints: [], deleting: false },
      addresses: [{ type: 'InternalIP', address: '10.1.0.11' }],
    },
  ],
};
/** Each address that a Service of the edits names, and one of each family that none names. */
const ADDRESSES = ['10.0.0.1', '10.0.0.2', '10.9.9.9', '2001:db8::1', '2001:db8::9'];
const PORTS = [80, 443, 8443];

function compile(snapshot: ClusterSnapshot, before: string | undefined): Compiled {
  return compileSnapshot(snapshot, defaultTranslatorSettings, readStandingClaims(before));
}

/** What the sources have, as a client of each address and port sees it; each line ends in the name of the Service. */
function possessions(compiled: Compiled, exceptFor: string, later = compiled): Set<string> {
  const firsts = firstCertificates(compiled.text);
  // An address that has no frontend any more gets the default certificate of every address.
  const keepsFrontend = ({ address, port }: HeldBind): boolean =>
    ['*', '::'].includes(address) ||
    later.claims.binds.some((bind) => bind.address === address && bind.port === port);
  const probes = ADDRESSES.flatMap((address) => PORTS.map((port) => ({ address, port })));
  const binds = probes.flatMap((probe) => {
    const bind = servingBind(compiled, probe, exceptFor);
    if (bind === undefined) return [];
    const first = keepsFrontend(bind) ? firsts.get(formatAddressPort(bind.address, bind.port)) : undefined;
    return belongings(bind, probe, first ?? '');
  });
  const backends = compiled.text
    .trimEnd()
    .split('\n\n')
    .filter((section) => section.includes('\nbackend '));
  return new Set([
    ...binds,
    ...backends.map((raw) => `${raw} of ${/(?:shop|blog|docs)\/(\w)/.exec(raw)?.[1] ?? ''}`),
  ]);
}

interface Probe {
  readonly address: string;
  readonly port: number;
}

/** The bind that takes a connection to this address; undefined also if the address is kept for the edited Service, which may take it back. */
function servingBind(
  { claims: { binds, reservations } }: Compiled,
  { address, port }: Probe,
  edited: string,
): HeldBind | undefined {
  const own = binds.find((bind) => bind.address === address && bind.port === port);
  const isKept = reservations.some(
    (each) => each.address === address && each.port === port && each.source.service === edited,
  );
  if (own !== undefined || isKept) return own;
  return binds.find((bind) => bind.address === (address.includes(':') ? '::' : '*') && bind.port === port);
}

function belongings(bind: HeldBind, { address, port }: Probe, first: string): string[] {
  const what = `${address} ${port} ${bind.mode} ${String(bind.tls)}`;
  return bind.holders.flatMap(({ source, hosts, tls }) => {
    const names = hosts.length === 0 ? ['every host'] : hosts.map(({ name }) => name);
    const isFirst = tls !== undefined && first.endsWith(`/${tls.certificate}`);
    return [
      ...names.map((name) => `${what} ${name} ${source.port} of ${source.service}`),
      ...(isFirst ? [`${what} is first: ${first} of ${source.service}`] : []),
    ];
  });
}

/** The first certificate of each bind, by address and port. */
function firstCertificates(text: string): Map<string, string> {
  return new Map(
    [...text.matchAll(/^ {2}bind (\S+).*? crt (\S+)/gm)].map(([, bind = '', file = '']) => [bind, file]),
  );
}

/** A message isn't compared: of several sources that stand in the way it names one, the next time perhaps another. */
function subjectOf({ severity, object, port }: Diagnostic): string {
  return `${severity} ${object.name} ${port ?? ''}`;
}

function story(text: string | undefined, { services }: ClusterSnapshot): string {
  const list = services.map(
    ({ name, createdAt, annotations }) => `${name} ${String(createdAt)} ${JSON.stringify([...annotations])}`,
  );
  return [text ?? 'no text', ...list].join('\n');
}

it(
  `random edits, ${runs}: no create, edit or delete of one Service takes anything from another`,
  { timeout: TIMEOUT },
  () => {
    fc.assert(
      fc.property(edits, (list) => {
        let snapshot = EMPTY;
        let before = compile(snapshot, undefined);
        for (const edit of list) {
          snapshot = edited(snapshot, edit);
          const after = compile(snapshot, before.text);
          const left = possessions(after, '');
          const lost = [...possessions(before, edit.name, after)].filter(
            (what) => !what.endsWith(` of ${edit.name}`) && !left.has(what),
          );
          expect(
            lost,
            `${edit.name}\n${before.text}\n${after.text}\n${after.diagnostics.map(formatDiagnostic).join('\n')}`,
          ).toEqual([]);
          before = after;
        }
      }),
      options,
    );
  },
);

it(`random edits, ${runs}: compiling again with its own result changes nothing`, { timeout: TIMEOUT }, () => {
  fc.assert(
    fc.property(edits, (list) => {
      let snapshot = EMPTY;
      let text: string | undefined;
      for (const edit of list) {
        snapshot = edited(snapshot, edit);
        const { text: once, diagnostics } = compile(snapshot, text);
        const again = compile(snapshot, once);
        expect(again.text, story(text, snapshot)).toBe(once);
        expect(again.diagnostics.map(subjectOf), story(text, snapshot)).toEqual(diagnostics.map(subjectOf));
        text = once;
      }
    }),
    options,
  );
});
