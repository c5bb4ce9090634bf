import { setTimeout as delay } from 'node:timers/promises';
import type { LongConnection } from '../support/fleet/long-connection.ts';

/** Connections that send lines all the time and that only the other side may close before `end`. */
export interface LongLived {
  readonly opened: number;
  /** One sentence for each connection that broke. */
  readonly broken: readonly string[];
  keep(name: string, connection: LongConnection): void;
  /** Closes all connections. */
  end(): Promise<void>;
}

const BETWEEN_ECHOES_MS = 500;

export function createLongLived(): LongLived {
  const broken: string[] = [];
  const talks: Promise<void>[] = [];
  const ending = new AbortController();

  async function talk(name: string, connection: LongConnection): Promise<void> {
    for (let echoes = 0; !ending.signal.aborted; echoes += 1) {
      const answer = await connection.echo(`line ${String(echoes)}`);
      if (answer !== `line ${String(echoes)}`) throw new Error(`${name}: the echo was "${answer}"`);
      await delay(BETWEEN_ECHOES_MS, undefined, { signal: ending.signal }).catch(() => undefined);
    }
    connection.close();
  }

  return {
    get opened() {
      return talks.length;
    },
    broken,
    keep: (name, connection) => {
      talks.push(
        talk(name, connection).catch((error: unknown) => void broken.push(`${name}: ${String(error)}`)),
      );
    },
    end: async () => {
      ending.abort();
      await Promise.all(talks);
    },
  };
}
