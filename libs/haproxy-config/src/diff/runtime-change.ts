import type { ConfigSection, ParsedText } from '../parse/config-text.ts';
import type { RuntimeCommand, Verification } from './runtime-command.ts';
import type { ServerChange } from './server-change.ts';
import { diffServers, mayChangeServers, serverCommands } from './server-change.ts';
import { verifyServerChanges } from './server-verification.ts';

/**
 * A change that HAProxy's runtime API can make without a reload. Each kind has functions of its own that compare (diff),
 * write the commands and verify the result; only this file knows all kinds.
 */
export type RuntimeChange = ServerChange;

/**
 * The changes that turn one section into another of the same name; undefined if that takes a reload. An empty list
 * means that HAProxy needs no change at all.
 */
export function diffSections(
  before: ConfigSection,
  after: ConfigSection,
): readonly RuntimeChange[] | undefined {
  return diffServers(before, after);
}

/** True if these changes leave HAProxy in the same state as a fresh start with the candidate. */
export function isLikeFreshStart(changes: readonly RuntimeChange[], candidate: ParsedText): boolean {
  return mayChangeServers(changes, candidate);
}

/** The commands that make a change, in order. */
export function runtimeCommandsOf(change: RuntimeChange): readonly RuntimeCommand[] {
  return serverCommands(change);
}

/** What to ask HAProxy after changes, and how to read the answers. */
export function verificationOf(changes: readonly RuntimeChange[]): Verification {
  return verifyServerChanges(changes);
}
