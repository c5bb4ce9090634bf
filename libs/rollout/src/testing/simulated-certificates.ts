import type { Blame } from '@kubefigurator/config-model';
import type { ShownCertificate } from '@kubefigurator/haproxy-config';
import type { RenewalResult } from '../decision.ts';
import type { CertificateCopies, CertificateState } from '../observation.ts';

/**
 * The certificates of a simulated host: what the files have, and what HAProxy serves. A content is any word; one with
 * `big` in it is too long for the runtime API, `broken` is no certificate, and HAProxy refuses one with `odd` in it.
 */
export class SimulatedCertificates {
  /** The answer of the runtime API to every renewal; undefined if renewals work. */
  failure: string | undefined;
  /** True if HAProxy goes on serving the old certificates even after it has read its files again. */
  isDeaf = false;
  /** True once every certificate has expired. */
  areExpired = false;
  private readonly files = new Map<string, { content: string; changedAt: number }>();
  private readonly served = new Map<string, string>();
  /** Renewals at run time that worked. */
  renewals = 0;
  /** Copies of what was served, by file; undefined if the host keeps none. */
  copies: Map<string, { content: string; isForgotten: boolean }> | undefined;

  write(file: string, content: string, now: number): void {
    this.files.set(file, { content, changedAt: now });
  }

  serves(file: string): string | undefined {
    return this.served.get(file);
  }

  /** What HAProxy says of the files that a text names when it checks them. */
  check(text: string): Blame[] {
    const wrong = [...this.files].filter(
      ([file, { content }]) => /broken|odd/.test(content) && this.isNamed(file, text),
    );
    return wrong.map(([file]) => ({ sources: this.ownersOf(file), message: `unable to load ${file}` }));
  }

  /** In tests that keep no copies, each file counts as named by each text. */
  private isNamed(file: string, text: string): boolean {
    return this.copies === undefined || text.includes(`crt ${file}`);
  }

  private ownersOf(file: string): Blame['sources'] {
    const service = /([a-z]+)\.pem$/.exec(file)?.[1] ?? '';
    return this.copies === undefined ? [] : [{ namespace: 'default', service, port: 'web' }];
  }

  /** HAProxy reads a text and the files that it names. */
  read(text: string): void {
    for (const [file, { content: own }] of this.files) {
      const copy = text.includes(copyOf(file)) ? this.copies?.get(file)?.content : undefined;
      if (copy === undefined && !this.isNamed(file, text)) {
        this.served.delete(file);
        continue;
      }
      const content = copy ?? own;
      if (!this.isDeaf || !this.served.has(file)) this.served.set(file, content);
    }
  }

  /** Keeps what `copiesToKeep` asks for. */
  keep(certificates: readonly CertificateState[]): void {
    for (const { file, disk } of certificates)
      if (disk.kind === 'good') this.copies?.set(file, { content: disk.contentHash, isForgotten: false });
  }

  observeCopies(now: number): CertificateCopies {
    const disks = new Map(this.observe(now).map(({ file, disk }) => [file, disk]));
    const copies = [...(this.copies ?? [])].map(([file, { content, isForgotten }]) => ({
      file,
      path: isForgotten ? undefined : copyOf(file),
      contentHash: content,
      disk: disks.get(file) ?? { kind: 'broken' as const, reason: 'it is gone' },
    }));
    return { copies, files: new Map(copies.map(({ file }) => [copyOf(file), file])) };
  }

  renew(certificates: readonly CertificateState[], now: number): RenewalResult[] {
    return certificates.map(({ name, disk }) => {
      const { content, changedAt } = this.files.get(name) ?? { content: '', changedAt: 0 };
      const contentHash = disk.kind === 'good' ? disk.contentHash : '';
      // The file was written between the observation and this renewal.
      if (changedAt === now && content !== contentHash) return { kind: 'superseded', name, contentHash };
      if (this.failure !== undefined || /big|odd/.test(content))
        return { kind: 'failed', name, contentHash, reason: this.failure ?? "Can't load the payload" };
      this.renewals += 1;
      this.served.set(name, content);
      return { kind: 'renewed', name, contentHash, served: shown(name, content) };
    });
  }

  /** The certificates that this text names; all of them without a text. */
  observe(now: number, text?: string): CertificateState[] {
    const named = [...this.files].filter(
      ([file]) => text === undefined || this.isNamed(file, text) || text.includes(copyOf(file)),
    );
    return named.map(([file, { content, changedAt }]) => {
      const served = this.served.get(file);
      return {
        file,
        name: file,
        sources: [{ namespace: 'default', service: 'shop', port: 'web' }],
        unchangedMs: now - changedAt,
        isInBundle: false,
        isFromCopy: text?.includes(copyOf(file)) ?? false,
        blocksStart: content.includes('broken') && text !== undefined && this.isNamed(file, text),
        served: served === undefined ? undefined : shown(file, served),
        disk: content.includes('broken')
          ? { kind: 'broken', reason: 'it has no certificate' }
          : {
              kind: 'good',
              contentHash: content,
              fingerprint: content,
              chain: 0,
              notAfter: '2027-01-01T00:00:00.000Z',
              isExpired: this.areExpired || content.includes('expired'),
              reloadFor: content.includes('big') ? 'it has more than 12000 bytes' : undefined,
            },
      };
    });
  }
}

function copyOf(file: string): string {
  return `/ours${file}`;
}

function shown(name: string, content: string): ShownCertificate {
  return { name, fingerprint: content, notAfter: '2027-01-01T00:00:00.000Z', chain: 0 };
}
