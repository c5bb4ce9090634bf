import type { Claims, NodeRecord, ServiceRecord, StandingClaims, TranslatorSettings } from '../index.ts';
import { defaultTranslatorSettings, formatDiagnostic, readStandingClaims } from '../index.ts';
import { compileSnapshot } from './compiled.ts';

export type Options = Readonly<Record<string, string>>;

/** A Service; `name` is `<namespace>/<name>`, and a lower `year` makes it older. Without options that say otherwise, it is on *:443 with TLS. */
export function service(name: string, year: number, options: Options): ServiceRecord {
  const [namespace = '', own = ''] = name.split('/');
  return {
    namespace,
    name: own,
    createdAt: year,
    type: 'NodePort',
    ipFamilies: ['IPv4'],
    labels: new Map([['haproxy-kubefigurator.enabled', 'yes']]),
    annotations: new Map(
      Object.entries(options).map(([option, text]) => [`haproxy-kubefigurator.${option}`, text]),
    ),
    ports: [{ name: 'web', number: 80, protocol: 'TCP', nodePort: 30_080 }],
  };
}

/** One address of each family, so that every Service has a server. */
const NODES: readonly NodeRecord[] = [
  {
    name: 'node',
    labels: new Map<string, string>(),
    taints: [],
    deleting: false,
    addresses: [
      { type: 'InternalIP', address: '10.1.0.1' },
      { type: 'InternalIP', address: '2001:db8::1' },
    ],
  },
];

/** What a compilation makes of Services. */
export interface OwnedServices {
  readonly text: string;
  readonly claims: Claims;
  /** Errors and warnings, a line each, as people read them. */
  readonly diagnostics: readonly string[];
  /** The comment lines that reserve something. */
  readonly reserved: readonly string[];
  /** The claims in the text, for the next compilation. */
  readonly standing: StandingClaims;
}

export function compileServices(
  services: readonly ServiceRecord[],
  standing?: StandingClaims,
  settings: Partial<TranslatorSettings> = {},
): OwnedServices {
  const all = { ...defaultTranslatorSettings, ...settings };
  const { text, claims, diagnostics } = compileSnapshot({ services, nodes: NODES }, all, standing);
  return {
    text,
    claims,
    diagnostics: diagnostics.map(formatDiagnostic),
    reserved: text.split('\n').filter((line) => line.startsWith('# reserved: ')),
    standing: readStandingClaims(text),
  };
}
