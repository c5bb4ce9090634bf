import type { Io } from '@kubefigurator/daemon';
import { defineCommand, runProgram, VERSION } from '@kubefigurator/daemon';
import { runApply } from './commands/apply.ts';
import { runDiff } from './commands/diff.ts';
import { runFreeze, runThaw } from './commands/freeze.ts';
import { runForgetCertificate } from './commands/forget-certificate.ts';
import { runStatus } from './commands/status.ts';
import { runWatch } from './commands/watch.ts';
import {
  applySettings,
  forgetCertificateSettings,
  freezeSettings,
  statusSettings,
  thawSettings,
  watchSettings,
} from './settings.ts';

/** Every command of the consumer. */
export const commands = [
  defineCommand({
    name: 'watch',
    summary: 'the agent: follow the config in etcd and keep HAProxy on this host in step with it',
    settings: watchSettings,
    run: runWatch,
  }),
  defineCommand({
    name: 'apply',
    summary: 'apply what etcd has, once, now; exit 0 if HAProxy runs it',
    settings: applySettings,
    run: runApply,
  }),
  defineCommand({
    name: 'diff',
    summary: 'show what apply would change; exit 0 same, 1 different, 2 trouble; changes nothing',
    settings: applySettings,
    usageExitCode: 2,
    failureExitCode: 2,
    run: runDiff,
  }),
  defineCommand({
    name: 'status',
    summary: 'print the state of this host, without asking etcd; exit 0 in sync, 1 not',
    settings: statusSettings,
    run: runStatus,
  }),
  defineCommand({
    name: 'freeze',
    summary: 'apply nothing on this host until thaw, for maintenance; survives restarts',
    settings: freezeSettings,
    run: runFreeze,
  }),
  defineCommand({
    name: 'thaw',
    summary: 'end a freeze: the agent applies what etcd has at once',
    settings: thawSettings,
    run: runThaw,
  }),
  defineCommand({
    name: 'forget-certificate',
    summary: "drop this host's copy of a certificate whose file is gone, such as one with a leaked key",
    settings: forgetCertificateSettings,
    run: runForgetCertificate,
  }),
];

/** The consumer as its command line and its manual page show it. */
export const consumer = {
  name: 'kubefigurator-consumer',
  version: VERSION,
  summary: 'Puts the HAProxy config published in etcd onto this load-balancer host, without an outage.',
  commands,
};

/** The consumer's command line; gives the exit code. */
export function runConsumer(io: Io): Promise<number> {
  return runProgram(consumer, io);
}
