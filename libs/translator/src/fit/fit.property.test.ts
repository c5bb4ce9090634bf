import type { Excess } from '@kubefigurator/haproxy-config';
import { parseConfigText } from '@kubefigurator/haproxy-config';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { defaultTranslatorSettings, readStandingClaims } from '../index.ts';
import { cluster } from '../testing/arbitraries.ts';
import type { Compiled } from '../testing/compiled.ts';
import { compileSnapshot } from '../testing/compiled.ts';
import { propertyRuns } from '../testing/property-runs.ts';

const { seed, numRuns } = propertyRuns();
const runs = { seed, numRuns: Math.ceil(numRuns / 4) };

/** Where requests go, one line for each bind, host name or server. */
function countRoutes(text: string): string[] {
  return parseConfigText(text).sections.flatMap(({ name, lines }) =>
    lines
      .filter(({ words }) => /^(?:use_backend|default_backend|server|balance)$/.test(words[0] ?? ''))
      .flatMap(({ words }) => {
        const [start, end] = [words.indexOf('-m') + 2, words.lastIndexOf('}')];
        const rule = words.slice(0, start).join(' ');
        return end < 0
          ? [`${name} ${words.join(' ')}`]
          : words.slice(start, end).map((host) => `${name} ${rule} ${host}`);
      }),
  );
}

it(
  `a text that is too large takes no line from who is published, ${runs.numRuns} from seed ${seed}`,
  { timeout: 600_000 },
  () => {
    let tooLarge = 0;
    fc.assert(
      fc.property(cluster, fc.nat(12), fc.nat(3_000), ({ services: all, nodes }, some, room) => {
        // Of two objects with one name, which no cluster has, the second may change what the first has published.
        const services = [...new Map(all.map((each) => [`${each.namespace}/${each.name}`, each])).values()];
        const before = compileSnapshot(
          { services: services.slice(0, some), nodes },
          defaultTranslatorSettings,
        );
        const most = before.text.length + room;
        const excess = ({ text: { length: count } }: { readonly text: string }, part: number): Excess[] =>
          count > part * most ? [{ resource: 'characters', count, most, part, unit: 'characters' }] : [];
        const over = (text: string): Compiled =>
          compileSnapshot({ services, nodes }, defaultTranslatorSettings, readStandingClaims(text), excess);
        const after = over(before.text);
        const leftOut = after.diagnostics.filter(({ code }) => code === 'no-room');
        if (after.text.length > most) {
          expect(leftOut).toEqual([
            expect.objectContaining({ message: expect.stringMatching(/^nothing is published: /) as string }),
          ]);
          return;
        }
        tooLarge += leftOut.length > 0 ? 1 : 0;
        const whole = compileSnapshot(
          { services, nodes },
          defaultTranslatorSettings,
          readStandingClaims(before.text),
        );
        // What another Node takes from somebody is no matter of room.
        const stays = countRoutes(before.text).filter((line) => countRoutes(whole.text).includes(line));
        expect(countRoutes(after.text)).toEqual(expect.arrayContaining(stays));
      }),
      runs,
    );
    expect(tooLarge).toBeGreaterThan(runs.numRuns / 20);
  },
);
