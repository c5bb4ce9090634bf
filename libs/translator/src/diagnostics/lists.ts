/** A number with a comma after each three digits, as people read it: `22,840`. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

/** A list for a message, cut after a few items: `a, b, c and 22,840 more`. */
export function cutList(items: readonly string[], shown = 3): string {
  const hidden = items.length - shown;
  const head = items.slice(0, shown).join(', ');
  return hidden > 0 ? `${head} and ${formatCount(hidden)} more` : head;
}
