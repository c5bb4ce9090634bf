import { parseConfigText } from '@kubefigurator/config-model';
import { expect, it } from 'vitest';
import { planApply } from './plan.ts';

function parsed(text: string): { text: string; config: ReturnType<typeof parseConfigText> } {
  return { text, config: parseConfigText(text) };
}
const running = parsed('# h\nfrontend a\n  bind :80\n\nbackend b\n  server x 10.0.0.1:80\n\nbackend c\n');

it('does nothing for the same text and reloads when nothing is known', () => {
  expect(planApply(running, parsed(running.text))).toEqual({ kind: 'none' });
  expect(planApply(undefined, running)).toMatchObject({ kind: 'reload' });
});

it('only rewrites the file where comments, spacing or the order of sections differ', () => {
  const other = parsed('backend b\n\tserver   x 10.0.0.1:80 # why\nbackend c\n# h2\nfrontend a\n bind :80\n');
  expect(planApply(running, other)).toEqual({ kind: 'rewrite' });
});

it('names what differs', () => {
  const other = parsed('frontend a\n  bind :80\n\nbackend b\n  server x 10.0.0.2:80\n\nbackend d\n');
  expect(planApply(running, other)).toEqual({
    kind: 'reload',
    reasons: ['backend b changed', 'backend c removed', 'backend d added'],
  });
});
