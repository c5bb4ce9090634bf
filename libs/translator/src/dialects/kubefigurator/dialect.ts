import type { OptionTable } from '../../options/option.ts';
import { OPTIONS } from '../../options/table.ts';
import type { Dialect } from '../dialect.ts';
import { concerns } from './concerns.ts';
import { isOurs } from './keys.ts';
import { readServices } from './read.ts';

/** Our own dialect with a table of options. */
export function createKubefigurator(options: OptionTable): Dialect {
  return {
    name: 'kubefigurator',
    options,
    concerns,
    readsKey: isOurs,
    read: (snapshot, settings) => readServices(snapshot, settings, options),
  };
}

/** The label `haproxy-kubefigurator.enabled: "yes"` and annotations under the same prefix. */
export const kubefigurator: Dialect = createKubefigurator(OPTIONS);
