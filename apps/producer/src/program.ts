import { type Io, runProgram, VERSION } from '@kubefigurator/daemon';
import { apply } from './commands/apply.ts';
import { approve } from './commands/approve.ts';
import { diff } from './commands/diff.ts';
import { explain } from './commands/explain.ts';
import { forget } from './commands/forget.ts';
import { held } from './commands/held.ts';
import { history } from './commands/history.ts';
import { pause, resume } from './commands/pause.ts';
import { pin, unpin } from './commands/pin.ts';
import { release } from './commands/release.ts';
import { takeOver } from './commands/take-over.ts';
import { status } from './commands/status.ts';
import { view } from './commands/view.ts';
import { watch } from './commands/watch.ts';

/** The producer as its command line and its reference page show it. */
export const producer = {
  name: 'kubefigurator-producer',
  version: VERSION,
  summary: 'Turns labelled Services of a Kubernetes cluster into one HAProxy config in etcd.',
  commands: [
    watch,
    apply,
    view,
    diff,
    explain,
    status,
    release,
    held,
    approve,
    pause,
    resume,
    history,
    pin,
    unpin,
    takeOver,
    forget,
  ],
};

/** The producer's command line; gives the exit code. */
export function runProducer(io: Io): Promise<number> {
  return runProgram(producer, io);
}
