import type { Reservation } from '@kubefigurator/config-model';
import type { Diagnostic } from '../diagnostics/diagnostics.ts';
import type { Intent, ProxyMode } from '../intent/intent.ts';

/** Which intents have which bind. */
export interface Claims {
  /** In canonical order: by address, then port. */
  readonly binds: readonly HeldBind[];
  /** What is kept for sources that aren't served there at the moment, in canonical order. */
  readonly reservations: readonly Reservation[];
  /** One for every intent that lost a bind, and at most one for every intent on `*` that lost single addresses. */
  readonly diagnostics: readonly Diagnostic[];
}

/** One bind and the intents that share it. */
export interface HeldBind {
  readonly address: string;
  readonly port: number;
  readonly mode: ProxyMode;
  readonly tls: boolean;
  /** The oldest first. */
  readonly holders: readonly Intent[];
  /** What clients without SNI got until now: the path of a file or of a folder. */
  readonly firstCertificate?: string;
}
