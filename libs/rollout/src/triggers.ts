/**
 * Why a pass runs. `etcd`: the key has news. `signal`: SIGHUP or SIGUSR1. `freeze`: the host was frozen or thawed.
 * `certificate`: a certificate, one of our copies, or a file of the release beside dynamic.cfg changed on disk.
 * `due`: a wait that an earlier pass asked for is over. `look`: the periodic observation of the host.
 */
export type Trigger = 'etcd' | 'signal' | 'freeze' | 'certificate' | 'due' | 'look';
