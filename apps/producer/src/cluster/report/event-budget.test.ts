import type { DiagnosticObject } from '@kubefigurator/translator';
import { describe, expect, it } from 'vitest';
import { createEventBudget, inNamespaceTurns } from './event-budget.ts';

const service = (namespace: string, name: string): DiagnosticObject => ({ kind: 'Service', namespace, name });

function taken(objects: readonly DiagnosticObject[], now = 0, budget = createEventBudget()): number {
  return objects.filter((object) => budget.take(object, now)).length;
}

const many = (count: number, of: (index: number) => DiagnosticObject): DiagnosticObject[] =>
  Array.from({ length: count }, (_, index) => of(index));

describe('the budget of Events', () => {
  it('is 50 a minute', () => {
    const budget = createEventBudget();
    const three = many(100, (index) => service(`n${index % 3}`, `s${index}`));
    expect(taken(three, 0, budget)).toBe(50);
    expect(taken(three, 59_999, budget)).toBe(0);
    expect(taken(three, 60_000, budget)).toBe(50);
  });

  it('has 10 for one Service, and what is left for the others', () => {
    const budget = createEventBudget();
    expect(
      taken(
        many(100, () => service('shop', 'web')),
        0,
        budget,
      ),
    ).toBe(10);
    expect(
      taken(
        many(100, (index) => service('shop', `s${index}`)),
        0,
        budget,
      ),
    ).toBe(30);
    expect(
      taken(
        many(100, (index) => service('blog', `s${index}`)),
        0,
        budget,
      ),
    ).toBe(10);
  });

  it('has one more for each namespace that has had none', () => {
    const budget = createEventBudget();
    taken(
      many(100, (index) => service(`n${index % 2}`, `s${index}`)),
      0,
      budget,
    );
    expect(
      taken(
        many(3, () => service('blog', 'web')),
        0,
        budget,
      ),
    ).toBe(1);
    expect(taken([{ kind: 'Node', name: 'worker-a' }], 0, budget)).toBe(1);
  });
});

it('each namespace and each of its objects has its turn', () => {
  const names = ['a/x', 'a/x', 'a/x', 'a/y', 'b/x', 'b/x', 'c/x'];
  const of = (text: string): DiagnosticObject => {
    const [namespace = '', name = ''] = text.split('/');
    return service(namespace, name);
  };
  expect(inNamespaceTurns(names, of)).toEqual(['a/x', 'b/x', 'c/x', 'a/y', 'b/x', 'a/x', 'a/x']);
  expect(inNamespaceTurns([], of)).toEqual([]);
});
