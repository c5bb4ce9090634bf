import { INHERITED, type InheritedVerdict } from '@kubefigurator/haproxy-config';
import { code, GENERATED, page, table } from './markdown.ts';

const WHO: Readonly<Record<InheritedVerdict, string>> = {
  ours: 'ours',
  operator: 'yours',
  contradiction: 'contradiction',
};

/** The reference page of the directives that our sections inherit from the host's own files. */
export function inheritedPage(): string {
  return page([
    '# Directives that Services inherit from your own HAProxy files',
    GENERATED,
    'HAProxy’s sections inherit from the `defaults` section before them, so the `defaults` of `haproxy.cfg` reach into `dynamic.cfg`.',
    'The column "whose value counts" says for each directive which one of three holds:',
    '- ours: our sections set it themselves, and your value has no effect on them.\n- yours: your value counts for Services, too. This holds for every directive that isn’t in the table.\n- contradiction: it contradicts what a Service may expect. The agent logs `base-config.contradicted` with file and line, and goes on.',
    table(
      ['directive in `defaults`', 'whose value counts', 'effect on Services'],
      INHERITED.map(({ directive, verdict, meaning }) => [code(directive), WHO[verdict], meaning]),
    ),
  ]);
}
