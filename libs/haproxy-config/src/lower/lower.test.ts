import { expect, it } from 'vitest';
import { parseConfigText } from '../parse/config-text.ts';
import type { HostNeeds } from './lower.ts';
import { lower, NO_NEEDS } from './lower.ts';
import type { LoweredRelease } from './release.ts';

const text = '# header\nfrontend a\n  bind :80\n';
const STATE: HostNeeds = { ...NO_NEEDS, ignoreServerState: true };
const lowered = (portable: string, needs: HostNeeds): LoweredRelease =>
  lower({ text: portable, config: parseConfigText(portable) }, '7', {
    ...{ needs, copies: new Map(), refused: [] },
    lists: { place: '/ours', folders: new Map(), hash: (content) => content },
  });

it('the release of a text is the text, without files, if the host needs nothing', () => {
  expect(lowered(text, NO_NEEDS)).toMatchObject({ revision: '7', text, files: [] });
  expect(lowered(text, STATE)).toMatchObject({ text });
});

it('leads each line of an unchanged text to itself, and a line of an unknown file to none', () => {
  const { portableLine } = lowered(text, NO_NEEDS);
  text.split('\n').forEach((_, index) => {
    expect(portableLine({ file: undefined, line: index + 1 })).toBe(index + 1);
  });
  expect(portableLine({ file: 'a.map', line: 1 })).toBeUndefined();
});

const many = `${text}
# service: n/s port: p
backend one # a comment
  server a 10.0.0.1:80

backend two
backend three
  balance first
`;

it('each backend of a host whose own files load server states ignores them', () => {
  expect(lowered(many, STATE).text).toBe(`${text}
# service: n/s port: p
backend one # a comment
  load-server-state-from-file none
  server a 10.0.0.1:80

backend two
  load-server-state-from-file none
backend three
  load-server-state-from-file none
  balance first
`);
});

it('leads each line back to the portable text, and an added one to none', () => {
  const { text: release, portableLine } = lowered(many, STATE);
  const portable = many.split('\n');
  release.split('\n').forEach((words, index) => {
    const line = portableLine({ file: undefined, line: index + 1 });
    if (words === '  load-server-state-from-file none') expect(line).toBeUndefined();
    else expect(portable[(line ?? 0) - 1]).toBe(words);
  });
});

it('lowers a lowered text to itself', () => {
  const once = lowered(many, STATE).text;
  expect(lowered(once, STATE).text).toBe(once);
});
