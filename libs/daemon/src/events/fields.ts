/** Fields that several events have, with the meaning that they have everywhere. */
export const ERR = { err: 'type, message and code of the error; with `-v` also its stack' } as const;
export const REASON = { reason: 'the reason, in one line' } as const;
export const RETRY = { retryInMs: 'the time until the next attempt, in milliseconds' } as const;
export const DURATION = { durationMs: 'how long it took, in milliseconds' } as const;
export const KEY = { key: 'the key in etcd' } as const;
export const REVISION = { revision: "etcd's revision of the text" } as const;
export const CODE = { code: 'the kind of failure, such as `unreachable`, `timeout` or `denied`' } as const;
