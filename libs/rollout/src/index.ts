export * from './binds.ts';
export * from './blame.ts';
export * from './gate.ts';
export * from './plan.ts';
