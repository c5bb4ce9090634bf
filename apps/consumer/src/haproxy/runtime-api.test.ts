import { expect, it } from 'vitest';
import { splitRuntimeAnswers } from './runtime-api.ts';

it.each([
  ['New server registered.\n\n\n\n', ['New server registered.', '', '']],
  ['\n', ['']],
  [
    'Server deleted.\n\nServer still has connections attached to it, cannot remove it.\n\n',
    ['Server deleted.', 'Server still has connections attached to it, cannot remove it.'],
  ],
  [
    "IP changed from '10.0.0.1' to '10.0.0.2'\nport changed\n\n",
    ["IP changed from '10.0.0.1' to '10.0.0.2'\nport changed"],
  ],
  ['', []],
])('splits %j into its answers', (text, answers) => expect(splitRuntimeAnswers(text)).toEqual(answers));
