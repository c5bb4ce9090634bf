/** The beginning of every key of ours: `haproxy-kubefigurator.<port>.<option>`. */
export const ANNOTATION_PREFIX = 'haproxy-kubefigurator.';
/** The label and the only value of it that select a Service. */
export const ENABLING_LABEL = { key: `${ANNOTATION_PREFIX}enabled`, value: 'yes' } as const;

/** The prefix without its dot, so that a key with another separator (`haproxy-kubefigurator/…`) counts too. */
export const OUR_NAME = ANNOTATION_PREFIX.slice(0, -1);

/** True if the key of a label or annotation begins with our prefix, in any letter case. */
export function isKubefiguratorKey(key: string): boolean {
  return key.slice(0, OUR_NAME.length).toLowerCase() === OUR_NAME;
}

/** True if labels select a Service. */
export function haveEnablingLabel(labels: ReadonlyMap<string, string>): boolean {
  return labels.get(ENABLING_LABEL.key) === ENABLING_LABEL.value;
}

/** True for the key of the enabling label, in any letter case, which is warned of as an annotation. */
export function isEnablingKey(key: string): boolean {
  return key.toLowerCase() === ENABLING_LABEL.key;
}
