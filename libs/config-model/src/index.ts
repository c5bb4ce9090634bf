export * from './canonical.ts';
export * from './config-text.ts';
export * from './diagnostics.ts';
export * from './keys.ts';
export * from './outcome.ts';
export * from './proxy-model.ts';
export * from './source.ts';
export * from './words.ts';
