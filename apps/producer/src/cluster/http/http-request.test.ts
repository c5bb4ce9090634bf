import { expect, it } from 'vitest';
import { describeFailure } from '@kubefigurator/daemon';
import { explainProxyError } from './http-request.ts';

const proxy = {
  url: 'http://u:pw@proxy:3128',
  label: 'http://proxy:3128 ($HTTPS_PROXY)',
  setting: 'correct it',
};
const failed = (message: string, code?: string): Error => Object.assign(new Error(message), { code });

it.each([
  [
    failed('connect ECONNREFUSED', 'ECONNREFUSED'),
    /^the proxy .* can't be reached: connection refused; correct/,
  ],
  [failed('getaddrinfo ENOTFOUND', 'ENOTFOUND'), /its host name is not known; correct it$/],
  [failed('Bad response: 407'), /answers 407 to CONNECT: it wants a user and a password/],
  [failed('Bad response: 503'), /answers 503 to CONNECT: it can't reach the server; correct it$/],
  [failed('Bad response: 418'), /answers 418 to CONNECT; correct it$/],
  [
    failed('self-signed certificate'),
    /^self-signed certificate \(through the proxy http:\/\/proxy:3128 \(\$HTTPS/,
  ],
])('a failure behind a proxy names the proxy: %s', (error, expected) => {
  const told = describeFailure(explainProxyError(error, proxy, new URL('https://api:6443/api')));
  expect(told).toMatch(expected);
  expect(told).toContain('http://proxy:3128');
  expect(told).not.toContain('pw');
});

it('leaves the error of an aborted request as it is', () => {
  const error = new DOMException('aborted', 'AbortError');
  expect(explainProxyError(error, proxy, new URL('https://api:6443'))).toBe(error);
});
