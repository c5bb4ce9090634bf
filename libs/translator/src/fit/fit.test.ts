import { describe, expect, it } from 'vitest';
import type { Intent, StandingClaims } from '../index.ts';
import { readStandingClaims } from '../index.ts';
import type { FittedNames } from '../testing/fitted.ts';
import { fitNames, intent, left, names, served, standingOf } from '../testing/fitted.ts';
import { CONFIG_HEADER } from '@kubefigurator/config-model';

/** As if new Services might use all of the room. */
function fitted(intents: readonly Intent[], most: number, standing?: StandingClaims): FittedNames {
  return fitNames(intents, { most, part: 1, ...(standing === undefined ? {} : { standing }) });
}

describe('a text that fits', () => {
  it('is built once and leaves nobody out', () => {
    const result = fitted([intent('a', names('a', 5)), intent('b', names('b', 5))], 10);
    expect({ left: left(result), tries: result.tries }).toEqual({ left: [], tries: 1 });
  });
});

describe('a text that is too large', () => {
  it('leaves out the largest Services, as few as possible', () => {
    const sizes = { a: 30, b: 10, c: 20, d: 40 };
    const intents = Object.entries(sizes).map(([name, count]) => intent(name, names(name, count)));
    expect(left(fitted(intents, 99))).toEqual(['d']);
    expect(left(fitted(intents, 60))).toEqual(['d']);
    expect(left(fitted(intents, 59))).toEqual(['d', 'a']);
    expect(left(fitted(intents, 10))).toEqual(['d', 'a', 'c']);
  });

  it('is built as it is if it is too large without any of them, and names the largest Service', () => {
    const result = fitted([intent('b', names('b', 5)), intent('a', names('a', 9))], -1);
    expect({ left: left(result), served: served(result).sort() }).toEqual({
      left: ['a'],
      served: ['a 9', 'b 5'],
    });
    expect(result.excesses).toHaveLength(1);
    expect(result.diagnostics[0]?.message).toMatch(/^nothing is published: .*more than the -1 names of this/);
  });

  it('is found in few tries among many Services', () => {
    const intents = Array.from({ length: 300 }, (_, index) =>
      intent(`s${index}`, names(`s${index}-`, 20 + (index % 7))),
    );
    const result = fitted(intents, 2_000);
    expect(result.built.text.length).toBeLessThanOrEqual(2_000);
    expect(result.built.text.length).toBeGreaterThan(1_950);
    expect(result.tries).toBeLessThan(20);
  });

  it('leaves out a loser too, since it would come in place of the winner', () => {
    const hosts = names('a', 30);
    const result = fitted([intent('a', hosts), intent('b', hosts), intent('c', names('c', 5))], 20);
    expect({ left: left(result).sort(), served: served(result) }).toEqual({
      left: ['a', 'b'],
      served: ['c 5'],
    });
  });

  it('leaves out who makes new frontends large that others have lines in', () => {
    const wide = Array.from({ length: 20 }, (_, index) => intent(`w${index}`, names(`w${index}-`, 10)));
    const small = intent('small', ['s.test']);
    const addresses = { kind: 'addresses', addresses: ['10.0.0.1', '10.0.0.2'] } as const;
    const narrow = { ...small, bind: { addresses, port: 443 } };
    const result = fitted([...wide, narrow], 250);
    expect(left(result)).toEqual(['small']);
    expect(served(result)).toHaveLength(20);
  });
});

describe('equal Services', () => {
  it('are left out from the youngest on, whatever their names, and are the same once the others are published', () => {
    const byAge = ['d', 'a', 'c', 'b'].map((name) => intent(name, names(name, 5)));
    const first = fitted(byAge, 10);
    expect({ left: left(first), served: served(first).sort() }).toEqual({
      left: ['b', 'c'],
      served: ['a 5', 'd 5'],
    });
    const second = fitted(byAge, 10, standingOf(byAge.slice(0, 2)));
    expect({ left: left(second), served: served(second).sort() }).toEqual({
      left: left(first),
      served: served(first).sort(),
    });
  });

  it('of several namespaces are left out from the youngest on', () => {
    const byAge = ['d', 'a', 'c', 'b'].map((name) => intent(name, names(name, 5), 443, name));
    expect(left(fitted(byAge, 10))).toEqual(['b', 'c']);
  });

  it('leave room to the oldest that is not published yet, if others are', () => {
    const byAge = ['d', 'a', 'c', 'b'].map((name) => intent(name, names(name, 5)));
    const result = fitted(byAge, 10, standingOf(byAge.slice(3)));
    expect({ left: left(result), served: served(result).sort() }).toEqual({
      left: ['c', 'a'],
      served: ['b 5', 'd 5'],
    });
  });
});

describe('several namespaces', () => {
  const many = Array.from({ length: 1_000 }, (_, index) =>
    intent(`s${index}`, names(`s${index}-`, 5), 443, 'many'),
  );

  it('leave the small new Service of an honest one alone, however many another has', () => {
    const honest = intent('web', names('web', 20), 443, 'honest');
    const result = fitted([...many, honest], 1_000);
    expect(served(result)).toContain('web 20');
    expect(left(result)).toHaveLength(804);
    expect(result.tries).toBeLessThan(25);
  });

  it('leave out the largest of who takes most, also if another has the largest Service of all', () => {
    const other = intent('large', names('large', 300), 443, 'other');
    const result = fitted([...many, other], 1_000);
    expect(served(result)).toContain('large 300');
    expect(left(result)).toHaveLength(860);
  });

  it('have the same text once it is published: who was left out with them may come at once', () => {
    // 5 and 7 or 5 and 5 fit. First one of the two is left out and then 7; without 7 both of 5 fit.
    const intents = [
      intent('a', names('a', 5), 443, 'two'),
      intent('b', names('b', 5), 443, 'two'),
      intent('c', names('c', 7), 443, 'one'),
    ];
    for (const most of [16, 12, 11, 10, 7, 5]) {
      const first = fitted(intents, most);
      const lines = first.built.claims.binds.flatMap(({ holders }) => holders);
      const second = fitted(intents, most, standingOf(lines));
      expect({ most, served: served(second) }).toEqual({ most, served: served(first) });
      expect(left(second)).toEqual(left(first));
    }
  });
});

describe('what stands published', () => {
  const standing = readStandingClaims(`${CONFIG_HEADER}

# service: shop/large port: http
frontend k8s-service_all_443_listen
  mode http
  bind *:443
  # service: shop/large port: http
  use_backend k8s-service_shop_large_http_backend if { var(txn.host) -m str ${names('l', 40).join(' ')} }
`);

  it('is never left out, however large it is', () => {
    const result = fitted([intent('large', names('l', 40)), intent('small', names('s', 2))], 40, standing);
    expect({ left: left(result), served: served(result) }).toEqual({ left: ['small'], served: ['large 40'] });
  });

  it('is what stays of a Service that grows', () => {
    const grown = intent('large', [...names('l', 40), ...names('m', 100)]);
    const result = fitted([grown, intent('small', names('s', 2))], 60, standing);
    expect({ left: left(result), served: served(result).sort() }).toEqual({
      left: ['large'],
      served: ['large 40', 'small 2'],
    });
    expect(result.diagnostics[0]?.message).toContain('of port http only what is published already is served');
  });

  it('does not make a Service large that grows a little', () => {
    const grown = intent('large', [...names('l', 40), 'm.test']);
    const result = fitted([grown, intent('small', names('s', 12))], 50, standing);
    expect({ left: left(result), served: served(result) }).toEqual({ left: ['small'], served: ['large 41'] });
  });

  it('is less after it was made smaller', () => {
    const result = fitted([intent('large', names('l', 30)), intent('small', names('s', 12))], 41, standing);
    expect(left(result)).toEqual(['small']);
  });
});
