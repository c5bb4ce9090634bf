/** The port of a Service that a line of the config stems from. `port` is the port's name, or its number if it has no name. */
export interface SourceRef {
  readonly namespace: string;
  readonly service: string;
  readonly port: string;
}

/** A comment line of the config text that names where the following lines come from. */
export interface SourceComment extends SourceRef {
  /** Absolute path of the one certificate on the next `bind` line that this Service asked for. */
  readonly certificate?: string;
}

const COMMENT =
  /^\s*# service: ([^\s/]{1,253})\/(\S{1,253}) port: (\S{1,253})(?: certificate: (\S{1,4096}))?\s*$/;

/** `namespace/service port`, as people write it in messages. */
export function formatSource(source: SourceRef): string {
  return `${source.namespace}/${source.service} port ${source.port}`;
}

/** A key that is equal for two references to the same port, and different for different ports. */
export function sourceKey(source: SourceRef): string {
  const known = keys.get(source);
  if (known !== undefined) return known;
  const key = `${source.namespace}/${source.service}/${source.port}`;
  keys.set(source, key);
  return key;
}

/** A pass asks for the keys of thousands of sources many times; a Map finds a string faster if it is the same object. */
const keys = new WeakMap<SourceRef, string>();

/** A key that is equal for all ports of one Service. */
export function serviceKey({ namespace, service }: Pick<SourceRef, 'namespace' | 'service'>): string {
  return `${namespace}/${service}`;
}

/** The comment that precedes a Service's lines, without indentation. */
export function formatSourceComment(comment: SourceComment): string {
  const certificate = comment.certificate === undefined ? '' : ` certificate: ${comment.certificate}`;
  return `# service: ${comment.namespace}/${comment.service} port: ${comment.port}${certificate}`;
}

/** Reads a line written by {@link formatSourceComment}; any other line gives undefined. */
export function parseSourceComment(line: string): SourceComment | undefined {
  const match = COMMENT.exec(line);
  if (match === null) return undefined;
  const [, namespace = '', service = '', port = '', certificate] = match;
  return certificate === undefined ? { namespace, service, port } : { namespace, service, port, certificate };
}

/** Each source once, and without the certificate that a `SourceComment` also has. */
export function uniqueSources(sources: readonly SourceRef[]): SourceRef[] {
  const byKey = new Map(
    sources.map(({ namespace, service, port }) => [
      sourceKey({ namespace, service, port }),
      { namespace, service, port },
    ]),
  );
  return [...byKey.values()];
}
