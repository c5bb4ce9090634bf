import { describe, expect, it } from 'vitest';
import { parseConfigText } from '../parse/config-text.ts';
import { globalLimits } from './global-limits.ts';

const NONE = { connections: undefined, descriptors: Number.POSITIVE_INFINITY, isStrict: true };

describe('the limits in the host’s own files', () => {
  it.each([
    ['nothing', [''], NONE],
    [
      'maxconn of global only',
      ['global\n  maxconn 500\ndefaults\n  maxconn 9\n'],
      { ...NONE, connections: 500 },
    ],
    [
      'the first maxconn',
      ['global\n  maxconn 500\n', 'global\n  maxconn 70\n'],
      { ...NONE, connections: 500 },
    ],
    ['no number', ['global\n  maxconn "$MOST"\n'], NONE],
    [
      'the first hard limit',
      ['global\n  fd-hard-limit 800\n  fd-hard-limit 700\n'],
      { ...NONE, descriptors: 800 },
    ],
    [
      'a limit of its own, below which HAProxy starts',
      ['global\n  ulimit-n 900\n'],
      { ...NONE, isStrict: false },
    ],
    ['limits that aren’t strict', ['global\n  no strict-limits\n'], { ...NONE, isStrict: false }],
    ['strict limits', ['global\n  no strict-limits\n  strict-limits\n'], NONE],
  ])('are read: %s', (_what, files, limits) => {
    expect(globalLimits(files.map((text) => parseConfigText(text)))).toEqual(limits);
  });
});
