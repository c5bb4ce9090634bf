import { isClusterName, parseNetwork } from '@kubefigurator/config-model';
import { type Parsed, parsePort } from '@kubefigurator/daemon';
import {
  parseAbsolutePath,
  parseCertificateFile,
  parseNodeSelector,
  type PortRange,
} from '@kubefigurator/translator';

const ADDRESS_TYPES = ['InternalIP', 'ExternalIP'];

/** Gives the network in its one spelling; `translatorSettingsOf` parses it again. */
export function parseNodeNetwork(text: string): Parsed<string> {
  const network = parseNetwork(text);
  return network === undefined
    ? { reason: `"${text}" is no network; write its first address and its prefix, such as 10.1.0.0/16` }
    : { value: network.text };
}

/** One port, or `<first>-<last>`, of which both belong to the range. */
export function parsePortRange(text: string): Parsed<PortRange> {
  const [from = '', to = from, ...rest] = text.split('-');
  const [first, last] = [parsePort(from.trim()), parsePort(to.trim())];
  const isRange = rest.length === 0 && 'value' in first && 'value' in last && first.value <= last.value;
  return isRange
    ? { value: { from: first.value, to: last.value } }
    : { reason: `"${text}" is neither a port nor a range of ports; write 443 or 8000-8999` };
}

/** A namespace's name is a DNS label: at most 63 characters. */
export function parseNamespace(text: string): Parsed<string> {
  if (/^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/.test(text)) return { value: text };
  return { reason: `"${text}" is not a namespace; give lower case letters, digits and dashes` };
}

export function parseCluster(text: string): Parsed<string> {
  if (isClusterName(text)) return { value: text };
  return { reason: `"${text}" can't be part of a host name; give letters, digits, dots and dashes` };
}

/** A path on the HAProxy hosts; it must be a plain word of HAProxy's configuration. */
export function parseHostPath(text: string): Parsed<string> {
  const parsed = parseAbsolutePath(text);
  return parsed.ok ? { value: parsed.value } : { reason: `"${text}" ${parsed.reason}` };
}

/** A file below the certificate folder, or an absolute path on the HAProxy hosts. */
export function parseDefaultCertificate(text: string): Parsed<string> {
  if (text.endsWith('/')) return { reason: `"${text}" is a folder; name a file` };
  if (text.startsWith('/')) return parseHostPath(text);
  const parsed = parseCertificateFile(text);
  return parsed.ok ? { value: parsed.value } : { reason: `"${text}" ${parsed.reason}` };
}

/** A file on the HAProxy hosts, or one of HAProxy's own names, such as `@system-ca`. */
export function parseCaFile(text: string): Parsed<string> {
  if (/^@[A-Za-z0-9._/-]+$/.test(text)) return { value: text };
  return parseHostPath(text);
}

/** Only checked here: `--print-settings` shows the text, and `translatorSettingsOf` parses it. */
export function parseNodeSelectorSetting(text: string): Parsed<string> {
  const parsed = parseNodeSelector(text);
  return parsed.ok ? { value: text } : { reason: `"${text}" ${parsed.reason}` };
}

export function parseAddressType(text: string): Parsed<string> {
  if (ADDRESS_TYPES.includes(text)) return { value: text };
  return { reason: `"${text}" is not an address type; give ${ADDRESS_TYPES.join(' or ')}` };
}
