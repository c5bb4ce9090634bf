export { openAnnouncer, type Announcer, type AnnouncerOptions } from './announcer.ts';
export type { AnnouncerPace } from './announcing.ts';
export { etcdSettings, type EtcdSettings } from './etcd-settings.ts';
export { openStore, type StoreOptions } from './open-store.ts';
export type { ConfigStore, FollowOptions, FollowState, Published, PublishResult, Reading } from './store.ts';
