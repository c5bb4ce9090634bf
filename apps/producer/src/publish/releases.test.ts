import { CONFIG_HEADER } from '@kubefigurator/config-model';
import { expect, it } from 'vitest';
import { claimsHoldRelease, claimsAfterReleases, createReleases, parseReleasedBind } from './releases.ts';

const TEXT = `${CONFIG_HEADER}
# reserved: shop/web port: http bind: *:443 mode: http tls: on host: .example.com
`;

it.each([
  ['*:443', { address: '*', port: 443 }],
  ['[2001:db8::1]:80 A.example.com', { address: '2001:db8::1', port: 80, host: 'a.example.com' }],
  ['*:443 *.example.com', { address: '*', port: 443, host: '.example.com' }],
  ['*:443 *', { address: '*', port: 443, host: '*' }],
  ['443', undefined],
  ['*:443 a b', undefined],
  ['*:443 a/b', undefined],
  ['', undefined],
])('reads %j', (name, claim) => expect(parseReleasedBind(name)).toEqual(claim));

it('frees what it names, and passes over what it cannot read', () => {
  const release = (name: string): { name: string; revision: string } => ({ name, revision: '1' });
  const host = { address: '*', port: 443, host: '.example.com' };
  expect(claimsHoldRelease(claimsAfterReleases(TEXT, []), host)).toBe(true);
  expect(claimsHoldRelease(claimsAfterReleases(TEXT, [release('*:444'), release('?')]), host)).toBe(true);
  expect(claimsHoldRelease(claimsAfterReleases(TEXT, [release('*:443 *.example.com')]), host)).toBe(false);
  expect(claimsHoldRelease(claimsAfterReleases(TEXT, [release('*:443')]), { address: '*', port: 443 })).toBe(
    false,
  );
});

it('has a release wait until it is obeyed, also if the watch still shows it, and again if it is written again', () => {
  const releases = createReleases();
  const first = { name: '*:443', revision: '5' };
  releases.notice([first]);
  expect(releases.waiting()).toEqual([first]);
  releases.obeyed([first]);
  releases.notice([first]);
  expect(releases.waiting()).toEqual([]);
  releases.notice([]);
  releases.notice([{ ...first, revision: '9' }]);
  expect(releases.waiting()).toEqual([{ ...first, revision: '9' }]);
});
