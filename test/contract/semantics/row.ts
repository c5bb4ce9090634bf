/** One statement about what a Service means, and its proof. */
export interface Row {
  readonly says: string;
  /** Names of cases in libs/translator/golden, separated by one blank. */
  readonly goldens?: string;
  /** `<file> › <part of a title>`: tests whose titles contain this part. */
  readonly tests?: readonly string[];
  /** Why nothing proves it yet. */
  readonly missing?: string;
}

/** Files whose tests prove many statements. */
export const HOSTS = 'test/contract/behaviour/hosts.test.ts';
export const CERTIFICATES = 'test/contract/behaviour/certificates.test.ts';
export const SERVERS = 'test/contract/behaviour/servers.test.ts';
export const PROTOCOLS = 'test/contract/behaviour/protocols.test.ts';
export const BINDS = 'test/contract/behaviour/binds.test.ts';
export const PROPERTIES = 'libs/translator/src/property.test.ts';
