import type { Reservation, SourceRef } from '@kubefigurator/config-model';
import type { Diagnostic } from '../diagnostics/diagnostics.ts';
import type { Intent, ProxyMode } from '../intent/intent.ts';

/** Which intents have which bind. */
export interface Claims {
  /** In canonical order: by address, then port. */
  readonly binds: readonly HeldBind[];
  /** What is kept for sources that aren't served there at the moment, in canonical order. */
  readonly reservations: readonly Reservation[];
  /**
   * An error for each bind that an intent lost. At most one warning for an intent that listens on every address and lost
   * single addresses, and at most one for an intent with a host name that collides with one of another namespace.
   */
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
  /** The path of the file or folder whose certificate clients without SNI got until now; absent if there was none. */
  readonly firstCertificate?: string;
  /** The certificates that stood on the bind, in their order; absent if there were none. */
  readonly standingCertificates?: readonly string[];
  /** Absolute paths of certificates that a guard holds for a source, besides what the holders ask for. */
  readonly guardedCertificates?: readonly { readonly source: SourceRef; readonly certificate: string }[];
}
