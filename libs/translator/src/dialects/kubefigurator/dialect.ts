import type { OptionTable } from '../../options/option.ts';
import { OPTIONS } from '../../options/table.ts';
import type { Dialect } from '../dialect.ts';
import { concernsKubefigurator } from './concerns.ts';
import { haveEnablingLabel, isEnablingKey, isKubefiguratorKey } from './keys.ts';
import { readLabelledServices } from './read.ts';
import { SOURCE_RANGES } from './unsupported-fields.ts';

/** Our own dialect with a table of options. */
export function createKubefigurator(options: OptionTable): Dialect {
  return {
    name: 'kubefigurator',
    options,
    concerns: concernsKubefigurator,
    readsKey: (key) => isKubefiguratorKey(key) || key === SOURCE_RANGES,
    selects: haveEnablingLabel,
    warnsOfKey: isEnablingKey,
    read: (snapshot, settings) => readLabelledServices(snapshot, settings, options),
  };
}

/** The label `haproxy-kubefigurator.enabled: "yes"` and annotations under the same prefix. */
export const kubefigurator: Dialect = createKubefigurator(OPTIONS);
