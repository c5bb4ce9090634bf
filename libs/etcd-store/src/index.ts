export { openAnnouncer, type Announcer, type AnnouncerOptions, type AnnouncerPace } from './announcer.ts';
export { etcdSettings, type EtcdSettings } from './etcd-settings.ts';
export { openStore, type StoreOptions } from './open-store.ts';
export type { ConfigStore, FollowOptions, FollowState, Published, PublishResult, Reading } from './store.ts';
