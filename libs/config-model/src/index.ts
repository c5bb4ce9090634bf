export * from './canonical.ts';
export * from './drift.ts';
export * from './header.ts';
export * from './host-status.ts';
export * from './ip.ts';
export * from './keys.ts';
export * from './outcome.ts';
export * from './source.ts';
