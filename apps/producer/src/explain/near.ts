import { suggestWord } from '@kubefigurator/translator';

interface Named {
  readonly namespace: string;
  readonly name: string;
}

const MOST_NAMESAKES = 3;

/** For a name that no Service has: the Services of this name in other namespaces, else the one that is spelt most alike. */
export function nearServices({ namespace, name }: Named, services: readonly Named[]): string[] {
  const namesakes = services.filter((each) => each.name === name).map(fullName);
  if (namesakes.length > 0) return namesakes.sort().slice(0, MOST_NAMESAKES);
  const inNamespace = services.filter((each) => each.namespace === namespace).map((each) => each.name);
  const alike = suggestWord(name, inNamespace.sort());
  if (alike !== undefined) return [`${namespace}/${alike}`];
  const anywhere = suggestWord(`${namespace}/${name}`, services.map(fullName).sort());
  return anywhere === undefined ? [] : [anywhere];
}

/** A list of at most one name: the one that is spelt most like this one. */
export function nearNames(name: string, names: readonly string[]): string[] {
  const alike = suggestWord(name, [...names].sort());
  return alike === undefined ? [] : [alike];
}

function fullName({ namespace, name }: Named): string {
  return `${namespace}/${name}`;
}
