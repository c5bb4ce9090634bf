import { parseConfigText } from '@kubefigurator/haproxy-config';

/** What a config does with requests, independent of how it is written. */
export interface Described {
  readonly frontends: Readonly<Record<string, DescribedFrontend>>;
  readonly backends: Readonly<Record<string, DescribedBackend>>;
}

export interface DescribedFrontend {
  readonly mode: string;
  readonly bind: string;
  readonly tls: boolean;
  /** Files, sorted. */
  readonly certificates: readonly string[];
  /** Backends by host name in lower case. */
  readonly hosts: Readonly<Record<string, string>>;
  /** The backend for every other host. */
  readonly others?: string;
}

export interface DescribedBackend {
  readonly mode: string;
  readonly balance: string;
  /** Whether servers get `X-Forwarded-Proto: https`. */
  readonly forwardsProto: boolean;
  /** `<name> <address>:<port>` and the words behind it, sorted. */
  readonly servers: readonly string[];
}

/** Parses a text of ours. */
export function describeText(text: string): Described {
  const frontends: Record<string, DescribedFrontend> = {};
  const backends: Record<string, DescribedBackend> = {};
  for (const { keyword, name, lines } of parseConfigText(text).sections) {
    const words = lines.map((line) => line.words.map(String));
    if (keyword === 'frontend') frontends[name] = describeFrontend(words);
    else backends[name] = describeBackend(words);
  }
  return { frontends, backends };
}

type Lines = readonly (readonly string[])[];

function describeFrontend(lines: Lines): DescribedFrontend {
  const [bind = '', ...options] = argumentsOf(lines, 'bind');
  const rules = lines.filter(([directive]) => directive === 'use_backend');
  const others = argumentsOf(lines, 'default_backend')[0];
  return {
    mode: argumentsOf(lines, 'mode').join(' '),
    bind,
    tls: options.includes('ssl'),
    certificates: options.filter((_word, index) => options[index - 1] === 'crt').sort(),
    hosts: Object.fromEntries(
      rules.flatMap(([, backend = '', ...words]) => hostsOf(words).map((host) => [host, backend])),
    ),
    ...(others !== undefined && { others }),
  };
}

/** The names in `if { var(txn.host) -m str a b }`. */
function hostsOf(words: readonly string[]): readonly string[] {
  return words.slice(words.indexOf('-m') + 2, words.lastIndexOf('}'));
}

function describeBackend(lines: Lines): DescribedBackend {
  const servers = lines.filter(([directive]) => directive === 'server');
  const header = 'http-request set-header X-Forwarded-Proto https';
  return {
    mode: argumentsOf(lines, 'mode').join(' '),
    balance: argumentsOf(lines, 'balance').join(' '),
    forwardsProto: lines.some((words) => words.join(' ') === header),
    servers: servers.map(([, ...words]) => words.join(' ')).sort(),
  };
}

function argumentsOf(lines: Lines, directive: string): readonly string[] {
  return lines.find(([first]) => first === directive)?.slice(1) ?? [];
}
