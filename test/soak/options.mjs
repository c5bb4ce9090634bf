import { parseFlags } from '../support/flags.mjs';

const number = { value: ['number'], number: true };

const SOAK = {
  command: 'soak',
  summary: `Kills producer, consumers and etcd at random (kill -9) while Services change and requests are sent, and starts
them again. Exits 1 when a request failed, or when etcd and the hosts weren't in step again.`,
  flags: {
    '--kills': { option: 'kills', ...number, help: 'how many, 200 unless told' },
    '--seed': { option: 'seed', ...number, help: 'the seed of a run that is to be repeated' },
    '--rate': { option: 'perSecond', ...number, help: 'requests a second, 200 unless told' },
  },
};

/** The soak's flags; it needs no API server. */
export function parseOptions(args) {
  return parseFlags(SOAK, args);
}
