import { expect, it } from 'vitest';
import { withoutLogTimes, redactTokens } from './redact.ts';

const JWT = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJib2IifQ.c2lnbmF0dXJl';

it.each([
  [`error: token ${JWT} expired`, 'error: token [redacted] expired'],
  [`cut: ${JWT.slice(0, 15)}`, 'cut: [redacted]'],
  ['Authorization: Bearer abc123def456', 'Authorization: Bearer [redacted]'],
  ['{"token":"abcdef123","x":1}', '{"token":"[redacted]","x":1}'],
  ['access_token=abcdef123&x=1', 'access_token=[redacted]&x=1'],
  ['client-secret: s3cr3t!', 'client-secret: [redacted]'],
  ['GET https://me:pw@host/x', 'GET https://[redacted]@host/x'],
  ['k8s-aws-v1.aHR0cHM6Ly9zdHMuZXUtd2VzdC0xLmFtYXpvbmF3cy5jb20v', 'k8s-aws-v1.[redacted]'],
  ['ya29.A0ARrdaM-abcdefghijklmnopqrstuvwxyz0123456789', 'ya29.[redacted]'],
  [
    'To sign in, open https://microsoft.com/devicelogin and enter the code A1B2C3D4E',
    'To sign in, open https://microsoft.com/devicelogin and enter the code A1B2C3D4E',
  ],
  [
    'exec: /usr/local/bin/gke-gcloud-auth-plugin-v2: not found',
    'exec: /usr/local/bin/gke-gcloud-auth-plugin-v2: not found',
  ],
])('a text without its tokens: %s', (text, expected) => expect(redactTokens(text)).toBe(expected));

it.each([
  ['E1127 03:20:40.167199   15621 memcache.go:265] failed', 'memcache.go:265] failed'],
  ['2026-11-27T03:20:40Z failed\n2026/11/27 03:20:41 again', 'failed\nagain'],
  ['2026-11-27 03:20:40,123 failed', 'failed'],
  ['03:20:40 failed at 03:20:41', 'failed at 03:20:41'],
  ['failed', 'failed'],
])('a line of a log without its time: %s', (text, expected) => expect(withoutLogTimes(text)).toBe(expected));
