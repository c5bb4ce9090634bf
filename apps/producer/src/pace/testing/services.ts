import { ANNOTATION_PREFIX, ENABLING_LABEL, type ServiceRecord } from '@kubefigurator/translator';

/** The parts of a Service that tests change. */
export interface ServiceParts {
  readonly hostname?: string;
  readonly nodePort?: number;
  /** Further annotations, by their whole key. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A Service `<namespace>/<name>` with one http port. */
export function service(
  path: string,
  { hostname = 'a.example.com', nodePort = 30001, annotations = {} }: ServiceParts = {},
): ServiceRecord {
  const [namespace = '', name = ''] = path.split('/');
  return {
    ...{ namespace, name, createdAt: 1, uid: path, type: 'NodePort', ipFamilies: ['IPv4'] },
    labels: new Map([[ENABLING_LABEL.key, ENABLING_LABEL.value]]),
    annotations: new Map(
      Object.entries({
        [`${ANNOTATION_PREFIX}http.hostname`]: hostname,
        [`${ANNOTATION_PREFIX}http.use-ssl`]: 'false',
        ...annotations,
      }),
    ),
    ports: [{ name: 'http', number: 80, protocol: 'TCP', nodePort }],
  };
}
