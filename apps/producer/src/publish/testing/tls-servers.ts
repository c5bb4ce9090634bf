import { parseConfigText, tlsCostOf } from '@kubefigurator/haproxy-config';

/** The sum of what `tlsCostOf` says of all servers of a namespace in a text. */
export function countOfTls(text: string, namespace: string): number {
  return (
    parseConfigText(text)
      .sections.filter(({ name }) => name.startsWith(`k8s-service_${namespace}_`))
      .flatMap(({ lines }) => lines.filter(({ words }) => words[0] === 'server'))
      // The words behind `server <name> <address>`.
      .reduce((sum, { words }) => sum + tlsCostOf(` ${words.slice(3).join(' ')}`), 0)
  );
}
