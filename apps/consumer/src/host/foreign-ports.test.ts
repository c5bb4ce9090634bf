import { describe, expect, it } from 'vitest';
import { createForeignPorts } from './foreign-ports.ts';

const HOUR = 3_600_000;

describe('a port that another program held', () => {
  it('is left to it for an hour after it was last seen there', () => {
    const ports = createForeignPorts();
    ports.see('*:8080', 0);
    ports.see('*:8080', 5_000);
    expect(ports.keptFor('*:8080', 6_000)).toBe(HOUR - 1_000);
    expect(ports.keptFor('*:8081', 6_000)).toBeUndefined();
    ports.see('*:8080', 60_000);
    expect(ports.keptFor('*:8080', 60_000 + HOUR - 1)).toBe(1);
    expect(ports.keptFor('*:8080', 60_000 + HOUR)).toBeUndefined();
    ports.foundFree('*:8080');
    expect(ports.keptFor('*:8080', 61_000)).toBeUndefined();
  });

  it('is free at once if it was seen there for a moment only, such as in an old worker', () => {
    const ports = createForeignPorts();
    ports.see('*:8080', 0);
    expect(ports.keptFor('*:8080', 500)).toBeUndefined();
    ports.foundFree('*:8080');
    ports.see('*:8080', 10_000);
    ports.see('*:8080', 10_900);
    expect(ports.keptFor('*:8080', 11_000)).toBeUndefined();
  });

  it('is free at once if a person says so, and kept again if the program comes back', () => {
    const ports = createForeignPorts();
    ports.see('*:8080', 0);
    ports.see('*:8080', 5_000);
    ports.forget();
    expect(ports.keptFor('*:8080', 5_001)).toBeUndefined();
    ports.foundFree('*:8080');
    ports.see('*:8080', 6_000);
    ports.see('*:8080', 8_000);
    expect(ports.keptFor('*:8080', 9_000)).toBe(HOUR - 1_000);
  });

  it('stays known while it is only asked about', () => {
    const ports = createForeignPorts();
    ports.see('*:8080', 0);
    expect(ports.keptFor('*:8080', 500)).toBeUndefined();
    ports.see('*:8080', 1_000);
    expect(ports.keptFor('*:8080', 1_500)).toBe(HOUR - 500);
  });
});
