import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONFIG_HEADER } from '@kubefigurator/config-model';
import { everyHostAnswers, isUnserved } from '../support/fleet/everywhere.ts';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import { logEvents, waitForEvent } from '../support/fleet/log-events.ts';
import { createShop } from '../support/fleet/shop.ts';

const QUESTION = { port: 80, host: 'any.example.com' };

/** Without a text in etcd the running config is kept: only a text that is the header alone means "serve nothing". */
describe('etcd that is down, or without a text', () => {
  let fleet: Fleet;
  const { text, served } = createShop(() => fleet, { limitMs: 20_000 });

  /** Makes the change, waits until every consumer has logged the event, and expects the same service as before. */
  async function keepsServing(change: () => Promise<unknown>, event: RegExp): Promise<void> {
    const counts = fleet.hosts.map((host) => logEvents(host.consumer()).length);
    await change();
    for (const [index, host] of fleet.hosts.entries()) {
      await waitForEvent(host.consumer(), ({ msg }) => event.test(msg), {
        after: counts[index] ?? 0,
        limitMs: 30_000,
      });
      expect(host.dynamicConfig()).toBe(text(30001));
    }
    await served(30001);
  }

  beforeAll(async () => {
    fleet = await startFleet();
    await fleet.nodes.listen(30001, 30002);
    await fleet.etcd.put(text(30001));
    await served(30001);
  });
  afterAll(() => fleet.close());

  it('keeps serving when the key is deleted', async () => {
    await keepsServing(() => fleet.etcd.delete(), /^apply\.kept$/);
  });

  it.each([
    ['empty', ''],
    ['white space', ' \n\n'],
    ['comments only', '# nothing here\n'],
  ])('keeps serving when the value is %s', async (_what, value) => {
    await keepsServing(() => fleet.etcd.put(value), /^apply\.kept$/);
  });

  it('keeps serving when etcd is stopped, and applies a new text when etcd is back', async () => {
    await keepsServing(() => fleet.etcd.stop(), /^etcd\.lost$/);
    await fleet.etcd.start();
    await fleet.etcd.put(text(30002));
    await served(30002);
  });

  it('serves nothing if the text is the header alone', async () => {
    await fleet.etcd.put(`${CONFIG_HEADER}\n`);
    await everyHostAnswers(fleet, QUESTION, isUnserved);
  });
});
