import { setTimeout as sleep } from 'node:timers/promises';
import type { CertificateChange, ShownCertificate } from '@kubefigurator/haproxy-config';
import {
  abortCertificateCommand,
  loggableAnswer,
  missingOfRenewal,
  certificateInTransaction,
  transactionNamedIn,
  parseShownCertificates,
  renewalSteps,
  showCertificateCommand,
} from '@kubefigurator/haproxy-config';
import { askHaproxy } from './cli.ts';

/** Far below the 16 kB of a line; the answers are about 600 bytes each. */
const LONGEST_LINE = 4_000;
/** How long somebody else's transaction may take; HAProxy has one for the whole process. */
const TRANSACTION_MS = 2_000;
const POLL_MS = 100;

/**
 * What HAProxy serves, by name. There is no entry for a certificate that HAProxy doesn't know, or whose name the
 * runtime API can't take. Rejects if HAProxy can't be asked.
 */
export async function showCertificates(
  runtimeSocket: string,
  names: readonly string[],
): Promise<ReadonlyMap<string, ShownCertificate>> {
  const commands = names.map(showCertificateCommand).filter((command) => command !== undefined);
  const shown = new Map<string, ShownCertificate>();
  for (const line of joinIntoLines(commands)) {
    const answer = await askHaproxy(runtimeSocket, line);
    if (answer.trim() === '') throw new Error(`${runtimeSocket}: no answer about certificates`);
    for (const each of parseShownCertificates(answer)) shown.set(each.name, each);
  }
  return shown;
}

/** Puts several commands on each line. */
function joinIntoLines(commands: readonly string[]): readonly string[] {
  const lines: string[] = [];
  for (const command of commands) {
    const line = lines.at(-1);
    if (line === undefined || line.length + command.length >= LONGEST_LINE) lines.push(command);
    else lines[lines.length - 1] = `${line}; ${command}`;
  }
  return lines;
}

/** What became of one certificate. */
export type Renewed =
  | { readonly kind: 'renewed'; readonly served: ShownCertificate }
  | { readonly kind: 'failed'; readonly reason: string };

/**
 * Gives HAProxy another certificate, and asks what it serves then. Never throws. `payload` contains the private key,
 * and no message quotes it.
 */
export async function renewCertificate(
  runtimeSocket: string,
  change: CertificateChange,
  payload: string,
): Promise<Renewed> {
  try {
    await endTransaction(runtimeSocket, change.name);
    const refusal = await takeSteps(runtimeSocket, change, payload);
    if (refusal !== undefined) return await abort(runtimeSocket, change, refusal);
    const served = (await showCertificates(runtimeSocket, [change.name])).get(change.name);
    const missing = missingOfRenewal(change, served);
    return missing === undefined && served !== undefined
      ? { kind: 'renewed', served }
      : { kind: 'failed', reason: missing ?? 'HAProxy shows nothing' };
  } catch (error) {
    return abort(runtimeSocket, change, error instanceof Error ? error.message : String(error));
  }
}

/** Returns the first unexpected answer with its command; undefined if all steps are done. */
async function takeSteps(
  runtimeSocket: string,
  change: CertificateChange,
  payload: string,
): Promise<string | undefined> {
  for (const step of renewalSteps(change)) {
    const command = step.hasPayload ? `${step.text} <<\n${payload}\n` : step.text;
    const answer = await askHaproxy(runtimeSocket, command);
    if (step.isDone(answer)) continue;
    const other = transactionNamedIn(answer);
    // HAProxy 2.6 has put our content into somebody else's transaction, whose commit would serve it under their name.
    if (other !== undefined && other !== change.name)
      await askHaproxy(runtimeSocket, abortCertificateCommand(other)).catch(() => undefined);
    return `"${step.text}": ${loggableAnswer(answer)}`;
  }
  return undefined;
}

async function abort(runtimeSocket: string, { name }: CertificateChange, reason: string): Promise<Renewed> {
  await askHaproxy(runtimeSocket, abortCertificateCommand(name)).catch(() => undefined);
  return { kind: 'failed', reason };
}

/**
 * Aborts an open transaction for this certificate at once, and one for another certificate if its owner doesn't end
 * it within 2 seconds: otherwise a reload would be needed, which ends it too. Rejects if a transaction is open for 2
 * seconds more.
 */
async function endTransaction(runtimeSocket: string, name: string): Promise<void> {
  const deadline = performance.now() + TRANSACTION_MS;
  for (;;) {
    const open = certificateInTransaction(await askHaproxy(runtimeSocket, 'show ssl cert'));
    if (open === undefined) return;
    const overdueMs = performance.now() - deadline;
    if (overdueMs > TRANSACTION_MS) throw new Error(`the transaction for ${open} in HAProxy can't be ended`);
    if (open === name || overdueMs > 0) await askHaproxy(runtimeSocket, abortCertificateCommand(open));
    else await sleep(POLL_MS);
  }
}
