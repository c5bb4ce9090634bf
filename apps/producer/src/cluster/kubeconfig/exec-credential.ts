import { OperatorError, type Parsed, secret } from '@kubefigurator/daemon';
import { JSON_SCHEMA, load } from 'js-yaml';
import type { Access } from './choose-access.ts';
import type { Credential } from './credential.ts';
import type { ExecSpec } from './kubeconfig.ts';

const GROUP = 'client.authentication.k8s.io/';
const VERSIONS = [`${GROUP}v1`, `${GROUP}v1beta1`];

/** A credential of a plugin. */
export interface ExecCredential extends Credential {
  /** When it expires, in milliseconds since 1970; infinite if the plugin gives no valid time. */
  readonly expiresAt: number;
}

/** Names a user's plugin in messages, without its arguments, which may hold secrets. */
export function pluginName({ user }: Access, { command }: ExecSpec): string {
  return `the credential plugin ${command} of user "${user.name}"`;
}

/** Throws OperatorError if the plugin can't be used: no command, an unknown apiVersion, or it needs a terminal. */
export function checkExec(access: Access, exec: ExecSpec): void {
  const place = `the user "${access.user.name}" in the kubeconfig ${access.user.file}`;
  if (exec.command === '')
    throw new OperatorError(`${place} has exec without a command`, { hint: 'name the plugin' });
  if (!VERSIONS.includes(exec.apiVersion))
    throw new OperatorError(
      `${place} has exec with the apiVersion ${exec.apiVersion || '(none)'}, which isn't ${VERSIONS.join(' or ')}`,
      { hint: 'update the plugin, and write the kubeconfig again with the tool of your cluster' },
    );
  if (exec.interactiveMode === 'Always')
    throw new OperatorError(
      `${pluginName(access, exec)} needs a terminal (interactiveMode: Always), which this program doesn't give to it`,
      { hint: 'use a user with a token or a certificate, or a plugin that works without a person' },
    );
}

/** The value of `$KUBERNETES_EXEC_INFO`; `ca` is the PEM of the cluster's authorities. */
export function execInfo({ cluster }: Access, exec: ExecSpec, ca: string | undefined): string {
  const clusterInfo = {
    server: cluster.server,
    ...(cluster.tlsServerName === undefined ? {} : { 'tls-server-name': cluster.tlsServerName }),
    ...(cluster.insecure ? { 'insecure-skip-tls-verify': true } : {}),
    ...(ca === undefined ? {} : { 'certificate-authority-data': Buffer.from(ca).toString('base64') }),
    ...(cluster.proxyUrl === undefined ? {} : { 'proxy-url': cluster.proxyUrl }),
    config: cluster.execConfig ?? null,
  };
  const spec = { ...(exec.provideClusterInfo ? { cluster: clusterInfo } : {}), interactive: false };
  return JSON.stringify({ kind: 'ExecCredential', apiVersion: exec.apiVersion, spec });
}

/** The credential that a plugin printed; throws OperatorError if there is none, without quoting what was printed. */
export function parseExecCredential(stdout: string, plugin: string, exec: ExecSpec): ExecCredential {
  const parsed = credentialIn(stdout, exec);
  if ('value' in parsed) return parsed.value;
  throw new OperatorError(`${plugin} ${parsed.reason}`, {
    hint: 'run it by hand, and check that its version fits to the kubeconfig',
  });
}

function credentialIn(stdout: string, exec: ExecSpec): Parsed<ExecCredential> {
  if (stdout.trim() === '') return { reason: 'printed nothing to stdout' };
  const { apiVersion, kind, status } = objectOf(stdout) ?? {};
  if (kind !== 'ExecCredential') return { reason: 'printed something else than an ExecCredential to stdout' };
  if (apiVersion === exec.apiVersion) return credentialOf((status ?? {}) as Status);
  const known = VERSIONS.find((version) => version === apiVersion) ?? 'another apiVersion';
  return { reason: `answered with ${known}, but the kubeconfig says ${exec.apiVersion}` };
}

function credentialOf(status: Status): Parsed<ExecCredential> {
  const token = textOf(status.token);
  const certificate = textOf(status.clientCertificateData);
  const key = textOf(status.clientKeyData);
  if ((certificate === undefined) !== (key === undefined))
    return { reason: 'gave only one of clientCertificateData and clientKeyData' };
  if (token === undefined && key === undefined) return { reason: 'gave neither a token nor a certificate' };
  const isOtherThanPem = (text: string | undefined): boolean => text?.includes('-----BEGIN ') === false;
  if (isOtherThanPem(certificate) || isOtherThanPem(key))
    return { reason: 'gave a certificate or a key that is not PEM' };
  return {
    value: {
      token: token === undefined ? undefined : secret(token),
      certificate,
      key: key === undefined ? undefined : secret(key),
      expiresAt: timeOf(status.expirationTimestamp),
    },
  };
}

/** In milliseconds since 1970; infinite without a valid timestamp. */
function timeOf(timestamp: unknown): number {
  const time = typeof timestamp === 'string' ? Date.parse(timestamp) : Number.NaN;
  return Number.isNaN(time) ? Infinity : time;
}

interface Status {
  readonly token?: unknown;
  readonly clientCertificateData?: unknown;
  readonly clientKeyData?: unknown;
  readonly expirationTimestamp?: unknown;
}

/** The mapping that the text holds; undefined if it holds something else or can't be read. */
function objectOf(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    // JSON is YAML, and kubectl takes both.
    const value = load(text, { schema: JSON_SCHEMA });
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** The text without spaces around it; undefined if it is empty or no text. */
function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}
