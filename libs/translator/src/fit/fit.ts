import type { Claims } from '../claims/claims.ts';
import { publishedPart, standsPublished } from '../claims/published.ts';
import type { StandingClaims } from '../claims/standing.ts';
import type { Diagnostic } from '../diagnostics/diagnostics.ts';
import { createDiagnostic } from '../diagnostics/diagnostics.ts';
import { cutList } from '../diagnostics/lists.ts';
import type { Intent } from '../intent/intent.ts';
import type { Candidate } from './candidates.ts';
import { candidatesOf, serviceKey } from './candidates.ts';

/** A result of the stages from intents to the text. */
interface BuiltText {
  readonly text: string;
  readonly claims: Claims;
}

export interface FitOptions<Built extends BuiltText> {
  readonly standing: StandingClaims;
  /** The number of nodes, each of which is a server in every backend. */
  readonly nodes: number;
  readonly buildText: (intents: readonly Intent[]) => Built;
  /** How many times larger a text is than may be published; at most 1 if it may. */
  readonly excess: (built: Built) => number;
}

export interface Fitted<Built> {
  readonly built: Built;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Builds the text; if it is too large, leaves out the largest Services among those that aren't published yet, as few as
 * possible, until it fits. Of a published one that has grown, what stands published stays. If the text is too large
 * without any of them, it is built as it is, since nothing can be taken from those who are served.
 */
export function fit<Built extends BuiltText>(
  intents: readonly Intent[],
  options: FitOptions<Built>,
): Fitted<Built> {
  const { buildText, excess, standing } = options;
  const whole = buildText(intents);
  const tooLarge = excess(whole);
  if (tooLarge <= 1) return { built: whole, diagnostics: [] };
  const candidates = candidatesOf({ intents, claims: whole.claims, standing, nodes: options.nodes });
  const search = { ...options, candidates, intents };
  const fitted = fewestLeftOut(search, { built: whole, left: 0, excess: tooLarge });
  if (fitted === undefined) return { built: whole, diagnostics: [] };
  return {
    built: fitted.built,
    diagnostics: candidates.slice(0, fitted.left).map((left) => noRoom(left, standing)),
  };
}

interface Search<Built extends BuiltText> extends FitOptions<Built> {
  readonly candidates: readonly Candidate[];
  readonly intents: readonly Intent[];
}

/** The text without a number of the largest candidates. */
interface Try<Built> {
  readonly built: Built;
  readonly left: number;
  readonly excess: number;
}

/** The text may have megabytes, so that the number is estimated from the excess first, and then bisected. */
function fewestLeftOut<Built extends BuiltText>(
  search: Search<Built>,
  whole: Try<Built>,
): Try<Built> | undefined {
  let tooLarge = whole;
  let fitting: Try<Built> | undefined;
  while (tooLarge.left < (fitting?.left ?? search.candidates.length + 1) - 1) {
    const left =
      fitting === undefined ? estimate(search, tooLarge) : Math.floor((tooLarge.left + fitting.left) / 2);
    const built = search.buildText(withoutLargest(search, left));
    const next = { built, left, excess: search.excess(built) };
    if (next.excess <= 1) fitting = next;
    else tooLarge = next;
  }
  return fitting;
}

/** How many candidates to leave out next, if the text shrinks with their sizes; at least one more, and twice as many. */
function estimate<Built extends BuiltText>(
  { candidates }: Search<Built>,
  { built, left, excess }: Try<Built>,
): number {
  let surplus = built.text.length * (1 - 1 / excess);
  let next = left;
  while (next < candidates.length && (surplus > 0 || next === left)) {
    surplus -= candidates[next]?.size ?? 0;
    next += 1;
  }
  return Math.max(next, Math.min(2 * left, candidates.length));
}

function withoutLargest<Built extends BuiltText>(
  { intents, candidates, standing }: Search<Built>,
  left: number,
): readonly Intent[] {
  const out = new Set(candidates.slice(0, left).map(({ namespace, service }) => `${namespace}/${service}`));
  return intents.flatMap((intent) =>
    !out.has(serviceKey(intent)) || standsPublished(intent, standing)
      ? [intent]
      : (publishedPart(intent, standing) ?? []),
  );
}

function noRoom({ namespace, service, ports }: Candidate, standing: StandingClaims): Diagnostic {
  const grown = ports.filter((intent) => publishedPart(intent, standing) !== undefined);
  const isNew = grown.length < ports.length;
  const whatHappens = [
    ...(isNew ? [`no room for ${namesOf(ports.filter((intent) => !grown.includes(intent)))}`] : []),
    ...(grown.length > 0 ? [`of ${namesOf(grown)} only what is published already is served`] : []),
  ];
  const message = `the text of all Services would be too large for etcd or for the hosts, and this Service is among the largest that aren't published yet: ${whatHappens.join(', ')}; make the Service smaller, or free room`;
  return createDiagnostic({
    code: 'no-room',
    object: { kind: 'Service', namespace, name: service },
    message,
  });
}

function namesOf(ports: readonly Intent[]): string {
  return `port${ports.length === 1 ? '' : 's'} ${cutList(ports.map(({ source }) => source.port))}`;
}
