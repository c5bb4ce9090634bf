import type { ProcessId } from '@kubefigurator/rollout';
import type { Ledger } from './ledger.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads a ledger of this version, the one before or a later one: fields that aren't known, or don't have the right
 * type, are ignored. Undefined if the ledger doesn't say what was applied.
 */
export function parseLedger(text: string | undefined): Ledger | undefined {
  const { hash, revision, published, worker, appliedAt, method, files, removing } = parseFields(text);
  if (typeof hash !== 'string' || typeof revision !== 'string') return undefined;
  return {
    revision,
    hash,
    ...(isTexts(files) && { files }),
    ...(typeof published === 'string' && { published }),
    worker: isProcess(worker) ? { pid: worker.pid, startTicks: worker.startTicks } : undefined,
    method: textOr(method, 'an unknown method'),
    appliedAt: textOr(appliedAt, 'an unknown time'),
    ...(isTexts(removing) && { removing }),
  };
}

function parseFields(text: string | undefined): Fields {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return typeof value === 'object' && value !== null ? (value as Fields) : {};
  } catch {
    return {};
  }
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

function isProcess(value: unknown): value is ProcessId {
  const { pid, startTicks } = (value ?? {}) as Fields;
  return typeof pid === 'number' && typeof startTicks === 'number';
}
