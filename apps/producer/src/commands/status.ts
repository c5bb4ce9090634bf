import { type CommandContext, defineCommand, unlessStopped } from '@kubefigurator/daemon';
import { openHostReader, openConfigStore } from '@kubefigurator/etcd-store';
import { type FleetFacts, judgeFleet } from '../fleet/fleet-health.ts';
import { renderFleet } from '../fleet/render-fleet.ts';
import { statusSettings } from '../fleet-settings.ts';
import { readBoard } from '../publish/guard/held-board.ts';
import { publishedIn } from './published-text.ts';

/** With `--watch`, changes that come together are shown once, this long after the first of them, in milliseconds. */
const GATHER_MS = 250;
/** ANSI escape sequences: move the cursor to the upper left corner, and clear the screen. */
const CLEAR = '\x1b[H\x1b[2J';

/** Shows every host, and what is held, paused or pinned. */
export const status = defineCommand({
  name: 'status',
  summary:
    'show every host, what it runs and why it is not in sync, who publishes, and what is held, paused or pinned; writes nothing',
  description:
    'Reads what the hosts write to etcd; needs etcd only. With --watch it is shown again at each change: redrawn on a ' +
    'terminal, else appended. Exits 0 when every host is alive and in sync, nothing is held, paused or pinned, and a producer leads if ' +
    'one has published last, 1 when not, 2 when used wrongly or in trouble.',
  settings: statusSettings,
  failureExitCode: 2,
  run: async (context) => {
    const { io, settings, log } = context;
    const store = openConfigStore(settings, { log });
    const hostReader = openHostReader(settings, { log });
    try {
      const reads = [store.read(), store.readHeld(), store.readPin(), store.readUnpublished()] as const;
      const leads = [store.readLeader(), store.readRecord(), store.readOwner()] as const;
      const [[reading, entries, pin, unpublished], [leader, record, owner], hosts] = await unlessStopped(
        Promise.all([Promise.all(reads), Promise.all(leads), hostReader.read()]),
        io.signal,
      );
      const screen = createScreen(context, {
        ...{
          key: store.key,
          published: publishedIn(reading),
          board: readBoard(entries),
          hosts,
          ...{ pin, unpublished, leader, record, owner },
        },
      });
      screen.show();
      if (!settings.watch) return screen.exitCode();
      await Promise.all([
        store.follow({
          signal: io.signal,
          onReading: (now) => screen.change({ published: publishedIn(now) }),
          onHeld: (now) => screen.change({ board: readBoard(now) }),
          onPin: (now) => screen.change({ pin: now }),
          onUnpublished: (now) => screen.change({ unpublished: now }),
          onLeader: (now) => screen.change({ leader: now }),
          onRecord: (now) => screen.change({ record: now }),
          onOwner: (now) => screen.change({ owner: now }),
          onState: () => undefined,
        }),
        hostReader.follow({ signal: io.signal, onHosts: (now) => screen.change({ hosts: now }) }),
      ]);
      return screen.exitCode();
    } finally {
      hostReader.close();
      await store.close();
    }
  },
});

interface Screen {
  /** Writes the present state, unless the text is the one that was written last. */
  readonly show: () => void;
  /** Replaces these facts, and shows the new state after `GATHER_MS`. */
  readonly change: (facts: Partial<FleetFacts>) => void;
  /** 0 if the fleet was healthy when it was last shown, else 1. */
  readonly exitCode: () => number;
}

function createScreen({ io, settings }: CommandContext<typeof statusSettings>, first: FleetFacts): Screen {
  const isTerminal = (io.stdout as { readonly isTTY?: boolean }).isTTY === true;
  let facts = first;
  let shown: string | undefined;
  let isHealthy = false;
  let timer: NodeJS.Timeout | undefined;

  function show(): void {
    timer = undefined;
    const fleet = judgeFleet(facts);
    const text = renderFleet(fleet, settings.output);
    isHealthy = fleet.healthy;
    if (text === shown) return;
    const isRedrawn = settings.watch && isTerminal;
    const separator = shown === undefined || settings.output === 'json' ? '' : '\n';
    io.stdout.write(isRedrawn ? `${CLEAR}${text}` : `${separator}${text}`);
    shown = text;
  }

  io.signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  return {
    show,
    change: (changed) => {
      facts = { ...facts, ...changed };
      timer ??= setTimeout(show, GATHER_MS);
    },
    exitCode: () => (isHealthy ? 0 : 1),
  };
}
