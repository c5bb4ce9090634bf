import type { Diagnostic } from '../diagnostics/diagnostics.ts';
import type { Intent, ProxyMode } from '../intent/intent.ts';

/** Which intents have which bind. */
export interface Claims {
  /** In canonical order: by address, then port. */
  readonly binds: readonly HeldBind[];
  /** One for every intent that lost a bind. */
  readonly diagnostics: readonly Diagnostic[];
}

/** One bind and the intents that share it, the oldest first. */
export interface HeldBind {
  readonly address: string;
  readonly port: number;
  readonly mode: ProxyMode;
  readonly tls: boolean;
  readonly holders: readonly Intent[];
}
