export { etcdSettings, type EtcdSettings } from './connection/etcd-settings.ts';
export { createFailureLog, type FailureLog } from './connection/failure-log.ts';
export {
  openEtcdSession,
  type Purpose,
  type Session,
  type SessionOptions,
  type Use,
} from './connection/session.ts';
export type {
  ConfigStore,
  FollowOptions,
  HeldEntry,
  LeaderCondition,
  Obeyed,
  OwnerReading,
  PinTerms,
  PublicationTerms,
  Published,
  PublishResult,
  Reading,
  ReleaseRequest,
} from './config-text/config-store.ts';
export { PAUSE } from './config-text/config-store.ts';
export { packText, type HistoryEntry, type HistoryWrite } from './config-text/history-store.ts';
export type { PinReading, PinResult, PinWrite } from './config-text/pin-store.ts';
export { readingHoldsText } from './config-text/reading.ts';
export { openConfigStore, type StoreOptions } from './config-text/open-store.ts';
export { openAnnouncer, type Announcer, type AnnouncerOptions } from './host-registration/announcer.ts';
export {
  openHostReader,
  type FollowHostsOptions,
  type Forgotten,
  type HostReader,
} from './host-registration/host-reader.ts';
export type { RegisteredHost } from './host-registration/hosts-board.ts';
export type { AnnouncerPace } from './host-registration/pace.ts';
export type { Codec, FormatValues } from './keys/codecs.ts';
export { excessOfStoredText, hashOfText, MAX_TEXT_BYTES, MAX_VALUE_BYTES } from './keys/encoding.ts';
export type { Entry } from './keys/entry.ts';
export {
  memberKey,
  storeKey,
  storeRange,
  type Selection,
  type StoreKey,
  type StoreRange,
  type ValueOf,
} from './keys/store-keys.ts';
export type { Lease } from './lease/keep-alive.ts';
export type { LeasedKey, LeasePace } from './lease/leased-key.ts';
export type { Election, ElectionOptions, Role } from './lease/election.ts';
export { openLease, type SharedLease } from './lease/shared-lease.ts';
export {
  ifKeyAbsent,
  ifKeyExistsSince,
  ifKeyHolds,
  ifKeyUnchanged,
  type Compare,
} from './transaction/compare.ts';
export {
  putOfValue,
  transact,
  type Put,
  type Transaction,
  type TransactionResult,
} from './transaction/transaction.ts';
export type { Entries, EntryChange } from './watch/changes.ts';
export { followEntries, type EntriesListener, type Follower, type Following } from './watch/follow.ts';
export type { HeartbeatPace } from './watch/heartbeat.ts';
export type { FollowState } from './watch/link-state.ts';
export type { EntriesReport } from './watch/tracker.ts';
