export * from './binds.ts';
export * from './blame.ts';
export * from './gate.ts';
export type { FileFolders } from './gate-files.ts';
export * from './isolate.ts';
export * from './leave-out.ts';
export * from './plan.ts';
export * from './runtime-commands.ts';
export * from './servers.ts';
