import { BACKEND } from './backend.ts';
import { BIND } from './bind.ts';
import type { OptionTable } from './option.ts';
import { ROUTING } from './routing.ts';
import { TLS } from './tls.ts';

/** Every option of a port, in the order of the reference page. */
export const OPTIONS: OptionTable = [...ROUTING, ...BIND, ...TLS, ...BACKEND];
