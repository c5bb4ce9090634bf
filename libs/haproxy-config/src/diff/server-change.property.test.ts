import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseConfigText } from '../parse/config-text.ts';
import type { ParsedText } from '../parse/config-text.ts';
import { planApply } from './plan.ts';
import type { RuntimeChange } from './runtime-change.ts';
import { formatServerPlace } from './server-line.ts';

type Servers = ReadonlyMap<string, string>;
type Backends = ReadonlyMap<string, Servers>;

const servers = fc
  .uniqueArray(
    fc.record({
      name: fc.constantFrom('x', 'y', 'z', 'w'),
      address: fc.constantFrom('10.0.0.1', '10.0.0.2', '2001:db8::1'),
      port: fc.constantFrom(80, 30_080),
      options: fc.constantFrom('', ' check', ' check', ' weight 5'),
    }),
    { selector: ({ name }) => name },
  )
  .map(
    (all) =>
      new Map(all.map(({ name, options, ...place }) => [name, `${formatServerPlace(place)}${options}`])),
  );
const backends = fc.tuple(servers, servers).map(
  ([b, c]): Backends =>
    new Map([
      ['b', b],
      ['c', c],
    ]),
);

function parsed(all: Backends): ParsedText {
  const sections = [...all].map(
    ([name, own]) =>
      `backend ${name}\n  balance roundrobin\n${[...own].map(([server, rest]) => `  server ${server} ${rest}\n`).join('')}`,
  );
  const text = `# header\nfrontend a\n  bind :80\n${sections.join('')}`;
  return { text, config: parseConfigText(text) };
}

/** What HAProxy has after the changes. */
function applied(changes: readonly RuntimeChange[], all: Backends): Backends {
  const result = new Map([...all].map(([name, own]) => [name, new Map(own)]));
  for (const change of changes) {
    const own = result.get(change.backend);
    if (change.action === 'remove') own?.delete(change.name);
    else {
      const { server } = change;
      own?.set(server.name, [formatServerPlace(server), ...server.options].join(' '));
    }
  }
  return result;
}

it('the changes of a plan turn the running servers into those of the candidate (property)', () => {
  let runtimePlans = 0;
  const property = fc.property(backends, backends, (a, b) => {
    const plan = planApply(parsed(a), parsed(b), { runtime: true });
    if (plan.kind === 'reload') return;
    if (plan.kind === 'runtime') runtimePlans += 1;
    expect(applied(plan.kind === 'runtime' ? plan.changes : [], a)).toEqual(b);
  });
  fc.assert(property, { seed: 20_261_127, numRuns: 2000 });
  expect(runtimePlans).toBeGreaterThan(200);
});
