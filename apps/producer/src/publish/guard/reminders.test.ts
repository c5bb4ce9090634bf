import { expect, it } from 'vitest';
import { createReminders } from './reminders.ts';

it('reminds at once, then after one minute, two, four, up to an hour, and of another matter at once', () => {
  const reminders = createReminders();
  const due: number[] = [];
  for (let minute = 0; minute <= 240; minute += 1)
    if (reminders.isDue('hosts', minute * 60_000)) due.push(minute);
  expect(due).toEqual([0, 1, 3, 7, 15, 31, 63, 123, 183]);
  expect(reminders.isDue('everything', 240 * 60_000)).toBe(true);
  expect(reminders.next()).toBe(241 * 60_000);
  expect(reminders.isDue(undefined, 240 * 60_000)).toBe(false);
  expect(reminders.next()).toBeUndefined();
  expect(reminders.isDue('hosts', 240 * 60_000)).toBe(true);
});
