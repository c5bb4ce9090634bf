import { parseIp } from '@kubefigurator/config-model';
import type { ConfigText } from '../parse/config-text.ts';
import { sectionKey } from '../parse/config-text.ts';
import type { Verification } from './runtime-command.ts';
import type { ServerChange, ServerMove } from './server-change.ts';
import { runtimeServerName } from './server-change.ts';
import { parseServer } from './server-line.ts';
import type { ShownServer } from './servers-state.ts';
import { parseServersState } from './servers-state.ts';

/** Above this number of backends, one listing of all servers is cheaper than one for each backend. */
const MOST_LISTINGS = 20;

/** How to see whether HAProxy has the servers of the changed backends as the changes say. */
export function verifyServerChanges(changes: readonly ServerChange[]): Verification {
  const questions = questionsAbout(changes);
  return {
    questions,
    missing: (answers) => {
      const shown = shownServers(questions, answers);
      return typeof shown === 'string' ? shown : firstMissing(changes, shown);
    },
  };
}

/** A server to which HAProxy connects at another place than the text says, and the change that puts it right. */
export interface MisplacedServer {
  readonly move: ServerMove;
  /** Where HAProxy has it. */
  readonly found: string;
}

/** How to see whether HAProxy connects to servers at the places that a text says. */
export interface PlaceVerification {
  /** Commands that only read; none if there is nothing to verify. */
  readonly questions: readonly string[];
  /** The servers at another place, without those that HAProxy doesn't list; the answer as a text if it isn't a listing. */
  readonly misplaced: (answers: readonly string[]) => readonly MisplacedServer[] | string;
}

/**
 * Verifies the places of all servers that a text has with an IP address and a port; if `since` is given, only of those
 * in sections that are new or changed since that text.
 */
export function verifyServerPlaces(text: ConfigText, since?: ConfigText): PlaceVerification {
  const before = new Map(since?.sections.map((section) => [sectionKey(section), section.raw]));
  const moves = text.sections
    .filter((section) => section.keyword === 'backend' || section.keyword === 'listen')
    .filter((section) => before.get(sectionKey(section)) !== section.raw)
    .flatMap(({ name, lines }) => lines.flatMap((line) => moveTo(name, line.words)));
  const questions = questionsAbout(moves);
  return {
    questions,
    misplaced: (answers) => {
      const shown = shownServers(questions, answers);
      if (typeof shown === 'string') return shown;
      return moves.flatMap((move) => {
        const found = shown.get(runtimeServerName(move));
        return found === undefined || isAt(found, move) ? [] : [{ move, found: placeOf(found) }];
      });
    },
  };
}

function moveTo(backend: string, words: readonly string[]): ServerMove[] {
  const server = words[0] === 'server' ? parseServer({ words }) : undefined;
  return server === undefined ? [] : [{ kind: 'server', action: 'move', backend, server }];
}

function questionsAbout(changes: readonly ServerChange[]): readonly string[] {
  const backends = [...new Set(changes.map((change) => change.backend))];
  return backends.length > MOST_LISTINGS
    ? ['show servers state']
    : backends.map((name) => `show servers state ${name}`);
}

/** The servers by `backend/server`; if an answer isn't a listing, a text that quotes it. */
function shownServers(
  questions: readonly string[],
  answers: readonly string[],
): ReadonlyMap<string, ShownServer> | string {
  const shown = new Map<string, ShownServer>();
  for (const [index, question] of questions.entries()) {
    const answer = answers[index] ?? '';
    const servers = parseServersState(answer);
    if (servers === undefined) return `"${question}": ${answer.trim().slice(0, 200)}`;
    for (const server of servers) shown.set(`${server.backend}/${server.name}`, server);
  }
  return shown;
}

function firstMissing(
  changes: readonly ServerChange[],
  shown: ReadonlyMap<string, ShownServer>,
): string | undefined {
  for (const change of changes) {
    const missing = missingOf(change, shown.get(runtimeServerName(change)));
    if (missing !== undefined) return missing;
  }
  return undefined;
}

function missingOf(change: ServerChange, server: ShownServer | undefined): string | undefined {
  const name = runtimeServerName(change);
  if (change.action === 'remove')
    return server === undefined || server.maintenance ? undefined : `${name} still takes requests`;
  if (server === undefined) return `${name} is not there`;
  const { address, port } = change.server;
  if (!isAt(server, change)) return `${name} is at ${placeOf(server)} instead of ${address}:${port}`;
  return change.action === 'add' && server.maintenance ? `${name} is in maintenance` : undefined;
}

/** Compares addresses in one spelling: HAProxy writes IPv6 in lower case and in its shortest form. */
function isAt(shown: ShownServer, { server }: Exclude<ServerChange, { action: 'remove' }>): boolean {
  if (shown.port !== server.port) return false;
  if (shown.address === server.address) return true;
  const [found, wanted] = [parseIp(shown.address), parseIp(server.address)];
  return found !== undefined && found.text === wanted?.text;
}

function placeOf({ address, port }: ShownServer): string {
  return `${address}:${port}`;
}
