import type { Logger } from '@kubefigurator/daemon';
import type { CertificateState, RenewalResult } from '@kubefigurator/rollout';
import type { Certificates } from './certificates.ts';

/** Gives HAProxy certificates at run time, and logs the result of each; what fails is left to a reload. */
export async function renewCertificates(
  due: readonly CertificateState[],
  { certificates, log }: { readonly certificates: Certificates; readonly log: Logger },
): Promise<readonly RenewalResult[]> {
  const results = await certificates.renew(due);
  const byName = new Map(due.map((each) => [each.name, each]));
  for (const result of results) {
    const { file = result.name, sources = [] } = byName.get(result.name) ?? {};
    if (result.kind === 'renewed') {
      const { notAfter, fingerprint } = result.served;
      log.info({ file, sources, notAfter, fingerprint }, 'certificate.renewed');
    } else if (result.kind === 'failed') {
      log.warn({ file, sources, reason: result.reason }, 'certificate-renewal.failed');
    }
  }
  return results;
}
