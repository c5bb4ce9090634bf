import type { BackendIntent } from './intent.ts';

/** The words after a server's address. Each has `check`: HAProxy sends no requests to a server whose check fails. */
export function serverWords({ tls, http2 = false }: Pick<BackendIntent, 'tls' | 'http2'>): readonly string[] {
  if (tls === undefined) return http2 ? ['check', 'proto', 'h2'] : ['check'];
  const { verify, caFile, name } = tls;
  return [
    ...['check', 'ssl', 'verify', verify],
    ...(http2 ? ['alpn', 'h2', 'check-alpn', 'h2'] : []),
    ...(caFile === undefined ? [] : ['ca-file', caFile]),
    ...(name === undefined ? [] : ['sni', `str(${name})`, 'check-sni', name]),
    ...(name === undefined || verify === 'none' ? [] : ['verifyhost', name]),
  ];
}
