import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodeStoredText, encodeStoredText, excessOfStoredText, MAX_VALUE_BYTES } from './encoding.ts';

describe('encodeStoredText', () => {
  it('keeps what fits as it is', () => {
    expect(encodeStoredText('grüße\n')).toEqual({ value: Buffer.from('grüße\n'), compressed: false });
    expect(encodeStoredText('x'.repeat(MAX_VALUE_BYTES)).compressed).toBe(false);
  });

  it('compresses what does not fit, to the same bytes each time, and back', () => {
    const text = 'server a 10.0.0.1:80\n'.repeat(100_000);
    const { value, compressed } = encodeStoredText(text);
    expect(compressed).toBe(true);
    expect(value.length).toBeLessThan(MAX_VALUE_BYTES);
    expect(encodeStoredText(text).value.equals(value)).toBe(true);
    expect(decodeStoredText(value)).toEqual({ value: text });
  });

  it('refuses what fits in neither form, and names the sizes', () => {
    const text = Array.from({ length: 3_000 }, (_, n) => ((n * 2654435761) >>> 0).toString(36)).join('');
    expect(() => encodeStoredText(text, 1_000)).toThrow(
      /the config text of \d+ bytes \(\d+ gzipped\) doesn't fit into etcd, which takes 1000/,
    );
  });
});

it('says that the hosts are the limit if a text is larger than they unpack, however small gzip makes it', () => {
  const text = 'x'.repeat(27 * 1024 * 1024);
  const says = /28311552 bytes is too large for the hosts, which unpack at most 25165824/;
  expect(() => encodeStoredText(text)).toThrow(says);
  expect(excessOfStoredText(text)).toMatchObject({ most: 25_165_824, unit: 'bytes that the hosts unpack' });
});

it('says what a text exceeds that may use a part of the room, gzipped if it is too large as it is', () => {
  const noise = Array.from({ length: 3_000 }, (_, n) => ((n * 2654435761) >>> 0).toString(36)).join('');
  const { length } = gzipSync(noise);
  expect(excessOfStoredText(noise, 1, length)).toBeUndefined();
  expect(excessOfStoredText(noise, 0.5, length)).toEqual({
    ...{ bytes: length, most: length, unit: 'bytes, gzipped, that one value of etcd takes' },
  });
  expect(excessOfStoredText('a'.repeat(1_000), 0.5, 1_000)).toBeUndefined();
  expect(excessOfStoredText('x'.repeat(14 * 1024 * 1024), 0.5)).toMatchObject({ most: 25_165_824 });
});

describe('decodeStoredText', () => {
  it.each([
    ['nothing', Buffer.alloc(0), { value: '' }],
    ['text', Buffer.from('frontend a\r\n'), { value: 'frontend a\r\n' }],
    ['gzip', gzipSync('a'), { value: 'a' }],
    ['a wrong byte', Buffer.from([0x61, 0xff]), { reason: "isn't UTF-8 text" }],
    ['half a character', Buffer.from('ü').subarray(0, 1), { reason: "isn't UTF-8 text" }],
    ['a wrong byte in gzip', gzipSync(Buffer.from([0xff])), { reason: "isn't UTF-8 text" }],
  ])('%s', (_name, value, expected) => expect(decodeStoredText(value)).toEqual(expected));

  it('says so when gzip is broken or a bomb', () => {
    const packed = gzipSync('a'.repeat(100_000));
    expect(decodeStoredText(packed.subarray(0, 20))).toEqual({
      reason: expect.stringContaining("can't be unpacked") as string,
    });
    expect(decodeStoredText(packed, 1_000)).toEqual({ reason: 'unpacks to more than 1000 bytes' });
  });
});
