import { Writable } from 'node:stream';
import { createLogger } from '@kubefigurator/daemon';
import { RECORD_KINDS } from '../../records/record-kinds.ts';
import { createRecordStore, type UnreadableObject } from '../../records/record-store.ts';
import { openApiClient } from '../client.ts';
import { collectionsOf } from '../list.ts';
import { createReflector, type Reflector, type ReflectorTiming } from '../reflector.ts';
import { type ScriptedApi, startScriptedApi } from './scripted-api.ts';

export interface ScriptedReflectorOptions {
  readonly script: ScriptedApi['script'];
  readonly timing: ReflectorTiming;
  /** `Node` by default. */
  readonly kind?: string;
}

/** A reflector that runs against a scripted API server. */
export interface ScriptedReflector {
  readonly api: ScriptedApi;
  readonly reflector: Reflector;
  /** Settles when the reflector has stopped. */
  readonly done: Promise<void>;
  /** The names of the records, sorted. */
  readonly names: () => string[];
  /** How often the reflector has called `onChange`. */
  readonly changes: () => number;
  /** The lines of the log, as JSON. */
  readonly logged: readonly string[];
  readonly unreadable: readonly UnreadableObject[];
  readonly stop: () => Promise<void>;
}

export async function startScriptedReflector(options: ScriptedReflectorOptions): Promise<ScriptedReflector> {
  const { script, timing, kind: kindName = 'Node' } = options;
  const kind = RECORD_KINDS.find((one) => one.kind === kindName);
  const [collection] = kind === undefined ? [] : collectionsOf(kind, []);
  if (kind === undefined || collection === undefined) throw new Error(`there is no kind ${kindName}`);
  const api = await startScriptedApi(script);
  const stop = new AbortController();
  const logged: string[] = [];
  const unreadable: UnreadableObject[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      logged.push(chunk.toString());
      done();
    },
  });
  const store = createRecordStore(kind, (object) => unreadable.push(object));
  let changes = 0;
  const log = createLogger({ level: 'info', format: 'json', stream, journal: false });
  const reflector = createReflector({
    client: await openApiClient({ kubeconfig: api.kubeconfig, env: {}, log, signal: stop.signal }),
    collection,
    store,
    onChange: () => (changes += 1),
    log,
    signal: stop.signal,
    timing,
  });
  const done = reflector.run();
  return {
    api,
    reflector,
    done,
    names: () => [...store.records()].map(({ name }) => name).sort(),
    changes: () => changes,
    logged,
    unreadable,
    stop: async () => {
      stop.abort();
      await done;
      await api.close();
    },
  };
}
