import { formatSource } from '@kubefigurator/config-model';
import type { Problem, Winner } from '../explanation.ts';
import { renderField, renderInlineList } from './layout.ts';

/** Each diagnostic with its code and the winners of a conflict; `own` is when this Service itself was created. */
export function renderProblems(level: number, problems: readonly Problem[], own?: string): string[] {
  return problems.flatMap(({ severity, code, message, winners }) => [
    renderField(level, severity === 'error' ? 'Error' : 'Warning', `${message} [${code}]`),
    ...winners.map((winner) => renderField(level, 'Who has it', renderWinner(winner, own))),
  ]);
}

function renderWinner({ source, createdAt, stands }: Winner, own: string | undefined): string {
  const created = createdAt === undefined ? 'created at an unknown time' : `created at ${createdAt}`;
  const ours = own === undefined ? '' : `, this Service at ${own}`;
  const standing =
    stands.length === 0
      ? 'the text in etcd has nothing of it yet'
      : `in the text in etcd it has ${renderInlineList(stands)}`;
  return `${formatSource(source)}, ${created}${ours}; ${standing}`;
}
