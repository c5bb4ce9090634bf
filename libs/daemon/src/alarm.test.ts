import { describe, expect, it } from 'vitest';
import { createAlarm } from './alarm.ts';

describe('createAlarm', () => {
  it('logs a cause once, another cause again, and the end once', () => {
    const alarm = createAlarm();
    expect(alarm.end()).toBeUndefined();
    expect(['timeout', 'timeout', 'denied', 'timeout'].map((cause) => alarm.raise('warn', cause))).toEqual([
      'warn',
      'debug',
      'warn',
      'warn',
    ]);
    expect([alarm.end(), alarm.end()]).toEqual(['warn', undefined]);
    expect(alarm.raise('warn', 'timeout'), 'after the end').toBe('warn');
  });

  it('logs the end at the highest level of the failure', () => {
    const alarm = createAlarm();
    expect([alarm.raise('error', 'a'), alarm.raise('warn', 'b'), alarm.raise('warn', 'b')]).toEqual([
      'error',
      'warn',
      'debug',
    ]);
    expect(alarm.end()).toBe('error');
  });

  it('logs a cause again that has become more serious', () => {
    const alarm = createAlarm();
    expect([alarm.raise('error', 'a'), alarm.raise('warn', 'b'), alarm.raise('error', 'b')]).toEqual([
      'error',
      'warn',
      'error',
    ]);
    expect([alarm.raise('error', 'b'), alarm.raise('warn', 'b')]).toEqual(['debug', 'debug']);
  });

  it('treats failures without a cause as one', () => {
    const alarm = createAlarm();
    expect([alarm.raise('warn'), alarm.raise('warn'), alarm.end()]).toEqual(['warn', 'debug', 'warn']);
  });
});
