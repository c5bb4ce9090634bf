import { gunzipSync, gzipSync } from 'node:zlib';
import { revealSecret, secret } from '@kubefigurator/daemon';
import { expect, it } from 'vitest';
import { CODECS } from './codecs.ts';

it.each(['config-text', 'json', 'text-gzip', 'text'] as const)(
  '%s gives back what it was given',
  (format) => {
    const { encode, decode } = CODECS[format];
    expect(decode(encode('{"a":"ü"}'))).toEqual({ value: '{"a":"ü"}' });
  },
);

it('gzips what is stored gzipped', () => {
  expect(gunzipSync(CODECS['text-gzip'].encode('{}')).toString()).toBe('{}');
});

it('gives a reason for what is not JSON', () => {
  expect(CODECS.json.decode(Buffer.from('{"a":'))).toEqual({ reason: "isn't JSON" });
  expect(CODECS.json.decode(Buffer.from([0xff]))).toEqual({ reason: "isn't UTF-8 text" });
});

it('keeps a secret out of what is printed', () => {
  const decoded = CODECS.secret.decode(CODECS.secret.encode(secret('key material')));
  expect(JSON.stringify(decoded)).not.toContain('key material');
  expect('value' in decoded && revealSecret(decoded.value)).toBe('key material');
});

it('unpacks no text of more than 24 MiB', () => {
  const decode = (bytes: number): object => CODECS['config-text'].decode(gzipSync(Buffer.alloc(bytes, 'x')));
  expect(decode(24 * 1024 * 1024)).toHaveProperty('value');
  expect(decode(24 * 1024 * 1024 + 1)).toEqual({ reason: 'unpacks to more than 25165824 bytes' });
});
