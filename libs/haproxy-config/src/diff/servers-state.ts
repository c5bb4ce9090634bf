/** A server as `show servers state` lists it. */
export interface ShownServer {
  readonly backend: string;
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** True if it was put into maintenance by a command, ours or an operator's. */
  readonly maintenance: boolean;
  /** True if an operator drains it. */
  readonly drain: boolean;
}

/** Bits of `srv_admin_state`: SRV_ADMF_FMAINT and SRV_ADMF_FDRAIN (management guide, "show servers state"). */
const FORCED_MAINTENANCE = 0x01;
const FORCED_DRAIN = 0x08;

/** Reads the answer to `show servers state`, version 1; undefined for anything else. */
export function parseServersState(answer: string): ShownServer[] | undefined {
  const [version = '', heading = '', ...rows] = answer.trim().split('\n');
  if (version.trim() !== '1' || !heading.startsWith('# ')) return undefined;
  const names = heading.slice(2).trim().split(' ');
  const columns = ['be_name', 'srv_name', 'srv_addr', 'srv_port', 'srv_admin_state'].map((column) =>
    names.indexOf(column),
  );
  if (columns.includes(-1)) return undefined;
  return rows
    .filter((row) => row.trim() !== '')
    .map((row) => {
      const fields = row.split(' ');
      const [backend = '', name = '', address = '', port = '', admin = ''] = columns.map(
        (index) => fields[index] ?? '',
      );
      const adminState = Number(admin);
      return {
        backend,
        name,
        address,
        port: Number(port),
        maintenance: (adminState & FORCED_MAINTENANCE) !== 0,
        drain: (adminState & FORCED_DRAIN) !== 0,
      };
    });
}
