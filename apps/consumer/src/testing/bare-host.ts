import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from '@kubefigurator/daemon';
import type { Host } from '../host/host.ts';
import { openHost } from '../host/host.ts';

/** A host with real folders and without HAProxy. */
export interface BareHost {
  readonly host: Host;
  readonly folder: string;
}

export async function openBareHost(log: Logger): Promise<BareHost> {
  const folder = mkdtempSync(join(tmpdir(), 'kubefigurator-host-'));
  mkdirSync(join(folder, 'etc'));
  const host = await openHost(
    {
      stateDirectory: join(folder, 'state'),
      hostName: 'lb-1',
      haproxyConfig: join(folder, 'etc', 'dynamic.cfg'),
      haproxyBaseConfig: [],
      runtimeUpdates: true,
      frontendShare: 90,
      haproxyBinary: '/bin/true',
      checkMemory: 0,
      haproxyMasterSocket: join(folder, 'master.sock'),
      haproxyRuntimeSocket: join(folder, 'admin.sock'),
      reloadJitter: 0,
      applyMethod: 'reload',
      applyCommand: [],
      exec: undefined,
      certificateDir: ['/ssl'],
      fileDir: [],
      allowSection: [],
      allowLocalServers: false,
      strict: false,
    },
    { env: {}, log },
  );
  return { host, folder };
}
