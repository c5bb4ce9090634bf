import { parseConfigText, tlsCostOf } from '@kubefigurator/haproxy-config';

/** What the TLS of all servers of a namespace counts in a text. */
export function countOfTls(text: string, namespace: string): number {
  return parseConfigText(text)
    .sections.filter(({ name }) => name.startsWith(`k8s-service_${namespace}_`))
    .flatMap(({ lines }) => lines.filter(({ words }) => words[0] === 'server'))
    .reduce((sum, { words }) => sum + tlsCostOf(` ${words.slice(3).join(' ')}`), 0);
}
