/** True for what `--cluster` takes: it can be a part of a host name, or is empty. */
export function isClusterName(text: string): boolean {
  return /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,200}[A-Za-z0-9])?)?$/.test(text);
}

/** True for what an API server gives as the uid of an object. */
export function isUid(text: string): boolean {
  return /^[0-9A-Za-z](?:[0-9A-Za-z-]{0,62}[0-9A-Za-z])?$/.test(text);
}
