import type { SourceRef } from '@kubefigurator/config-model';
import type { Diagnostic, JudgedAddress, Server } from '@kubefigurator/translator';

/** How much of what is asked about is served: all of it on every host, less, or nothing. */
export type Verdict = 'everywhere' | 'in-part' | 'nowhere';

/** What a host does with a part of the text in etcd. */
export interface HostState {
  readonly host: string;
  /**
   * `live`: HAProxy runs the text in etcd with this part. `left-out`: it runs that text without it. `refused`: the host
   * refused the text, or failed to apply it, and runs an earlier one. `behind`: it runs an earlier text for another reason.
   * `stopped`: HAProxy doesn't run, so nothing is served there. `silent`: its agent doesn't run. `unknown`: its status doesn't say which of these.
   */
  readonly state: 'live' | 'left-out' | 'refused' | 'behind' | 'stopped' | 'silent' | 'unknown';
  /** Why; absent for `live`. HAProxy's own words if it refused something. */
  readonly detail?: string;
  /** What is wrong there although it is live. */
  readonly notes: readonly string[];
}

/**
 * What the text in etcd has of a part: the lines that a compilation gives now (`published`), other lines (`differs`), none
 * although there should be some (`missing`), some although there should be none (`lingers`), or rightly none (`absent`).
 */
export type PublishedState = 'published' | 'differs' | 'missing' | 'lingers' | 'absent';

/** The text in etcd, as it was read. */
export interface PublishedExplanation {
  readonly key: string;
  readonly revision?: string;
  /** Why there is no text, or why no newer one would be published. */
  readonly problem?: string;
}

/** Who has what another port asks for. */
export interface Winner {
  readonly source: SourceRef;
  /** When its Service was created, ISO 8601 in UTC; absent if that isn't known. */
  readonly createdAt?: string;
  /** The binds on which the text in etcd has it or reserves something for it. */
  readonly stands: readonly string[];
}

export interface Problem extends Pick<Diagnostic, 'code' | 'severity' | 'message'> {
  readonly winners: readonly Winner[];
}

export interface BindExplanation {
  /** As in the config: `*:443`. */
  readonly bind: string;
  /** `held`: this port has it (a guard has no part in this). `lost`: another port has it, or the text had no room. */
  readonly state: 'held' | 'lost';
  /** The number of other ports that are served on it. */
  readonly others: number;
}

/** One port of a Service that is selected. */
export interface PortExplanation {
  /** The port's name, or its number if it has none. */
  readonly port: string;
  readonly number: number;
  readonly nodePort?: number;
  readonly protocol: string;
  /** `passed-over`: nothing asks for it to be served. */
  readonly state: 'served' | 'in-part' | 'left-out' | 'passed-over';
  /** What it asks for; absent if it can't be read or isn't allowed. */
  readonly asks?: {
    readonly mode: 'http' | 'tcp';
    readonly tls: boolean;
    /** Host names as people write them; none for every request that no other host matches. */
    readonly hosts: readonly string[];
    /** The file on each HAProxy host. */
    readonly certificate?: string;
  };
  readonly binds: readonly BindExplanation[];
  readonly backend?: string;
  readonly servers: readonly Server[];
  readonly problems: readonly Problem[];
  /** What a compilation now says of it, without the comments. */
  readonly lines: readonly string[];
  /** What the text in etcd says of it; only if that `differs` or `lingers`. */
  readonly publishedLines: readonly string[];
  /** The `# reserved:` comments that keep a bind or a host for it. */
  readonly reserved: readonly string[];
  readonly published: PublishedState;
  readonly hosts: readonly HostState[];
  readonly verdict: Verdict;
}

/** What a guard holds of one port: the cluster no longer has it, and it stays published. */
export interface HeldPort extends Pick<
  PortExplanation,
  'port' | 'backend' | 'servers' | 'lines' | 'publishedLines' | 'published' | 'hosts' | 'verdict'
> {
  /** Host names on binds: `shop.example.com on *:443`. */
  readonly names: readonly string[];
  /** Nodes that stay its servers. */
  readonly nodes: readonly string[];
}

/** What a guard holds of a Service. */
export interface HeldExplanation {
  /** Since when something is held, ISO 8601 in UTC; absent if no producer has held it yet. */
  readonly since?: string;
  /** The command that lets it go. */
  readonly approve: string;
  readonly ports: readonly HeldPort[];
}

export interface LeftOutNode {
  readonly node: string;
  /** The end of a sentence that begins with the Node. */
  readonly reason: string;
}

export interface ServiceExplanation {
  readonly kind: 'service';
  /** `<namespace>/<name>`. */
  readonly name: string;
  readonly verdict: Verdict;
  readonly exists: boolean;
  readonly selected: boolean;
  /** Why it is selected or not, or why nobody knows it. */
  readonly reason: string;
  /** Names that are near, if there is no such Service. */
  readonly near: readonly string[];
  readonly createdAt?: string;
  /** What is wrong with the Service as a whole. */
  readonly problems: readonly Problem[];
  readonly ports: readonly PortExplanation[];
  readonly nodesLeftOut: readonly LeftOutNode[];
  /** Absent if a guard holds nothing of it. */
  readonly held?: HeldExplanation;
  /** True if nobody asks for the Service to be served, and the text in etcd still has lines of it that no guard holds. */
  readonly lingers: boolean;
  readonly etcd: PublishedExplanation;
}

export interface NodeExplanation {
  readonly kind: 'node';
  readonly name: string;
  readonly verdict: Verdict;
  readonly exists: boolean;
  readonly selected: boolean;
  readonly reason: string;
  readonly near: readonly string[];
  readonly addresses: readonly JudgedAddress[];
  readonly problems: readonly Problem[];
  /** In how many backends it is a server, and how many backends there are with Nodes as servers. */
  readonly backends: { readonly count: number; readonly of: number };
  /** The ports, as `<namespace>/<service>/<port>`, for which a guard keeps it as a server. */
  readonly held: readonly string[];
  readonly published: PublishedState;
  readonly hosts: readonly HostState[];
  readonly etcd: PublishedExplanation;
}

/** Where a request goes that reaches one bind. */
export interface RequestTarget {
  /** How the host name was found: `tcp` looks at none, `default` takes what no rule matches. */
  readonly match: 'exact' | 'wildcard' | 'default' | 'tcp';
  /** The name in the rule, as people write it; absent for `default` and `tcp`. */
  readonly pattern?: string;
  readonly source: SourceRef;
  /** True if the Service doesn't ask for it any more, and a guard holds it. */
  readonly held: boolean;
  readonly backend: string;
  readonly servers: readonly Server[];
  readonly published: PublishedState;
  readonly hosts: readonly HostState[];
}

export interface RequestBind {
  readonly bind: string;
  readonly mode: 'http' | 'tcp';
  readonly tls: boolean;
  /** The files on the bind; the client chooses by SNI. */
  readonly certificates: readonly string[];
  readonly target?: RequestTarget;
  /** What HAProxy answers if the request reaches no server. */
  readonly answer?: string;
}

export interface RequestExplanation {
  readonly kind: 'request';
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly verdict: Verdict;
  /** Each bind on this port; a client reaches the one with the address that it connects to. */
  readonly binds: readonly RequestBind[];
  /** What helps if it isn't served: where the name is served, who asks for it, which names are near. */
  readonly hints: readonly string[];
  readonly etcd: PublishedExplanation;
}

export type Explanation = ServiceExplanation | NodeExplanation | RequestExplanation;
