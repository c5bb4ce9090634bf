import type { Blame } from '@kubefigurator/config-model';
import type { KeyReading } from '../wanted.ts';

/** Stands for SHA-256: the pure core has no hash function, and here equal texts only have to have equal hashes. */
export function hashOf(text: string): string {
  return `hash of ${text}`;
}

/** A published text in which each Service has a frontend with one bind, and a backend with these servers. */
export function published(
  revision: string,
  services: Readonly<Record<string, readonly string[]>>,
): Extract<KeyReading, { kind: 'published' }> {
  const sections = Object.entries(services).map(([name, servers], index) =>
    [
      `# service: default/${name} port: web`,
      `frontend ${name}`,
      `  bind *:${String(8000 + index + name.length)}`,
      `  default_backend ${name}`,
      `# service: default/${name} port: web`,
      `backend ${name}`,
      '  balance roundrobin',
      ...servers.map((address, number) => `  server s${String(number)} ${address}:80 check`),
    ].join('\n'),
  );
  return { kind: 'published', published: { revision, text: `# header\n${sections.join('\n\n')}\n` } };
}

/** The Service `bad` is to blame. */
export const BAD: Blame = {
  sources: [{ namespace: 'default', service: 'bad', port: 'web' }],
  message: '/ssl/bad.pem is missing',
};
