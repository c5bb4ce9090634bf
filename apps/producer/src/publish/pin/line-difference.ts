/** How many lines a text has that another one hasn't, and the other way round; moved lines count as the same. */
export interface LineDifference {
  readonly added: number;
  readonly removed: number;
}

export function lineDifference(before: string, after: string): LineDifference {
  if (before === after) return { added: 0, removed: 0 };
  const counts = new Map<string, number>();
  for (const line of before.split('\n')) counts.set(line, (counts.get(line) ?? 0) + 1);
  let added = 0;
  for (const line of after.split('\n')) {
    const left = counts.get(line) ?? 0;
    if (left === 0) added += 1;
    else counts.set(line, left - 1);
  }
  let removed = 0;
  for (const left of counts.values()) removed += left;
  return { added, removed };
}

/** `differs by 3 lines more and 1 less`, or `is the same`: what follows "the text that would be published". */
export function describeDifference({ added, removed }: LineDifference): string {
  return added === 0 && removed === 0
    ? 'has the same lines'
    : `differs: ${String(added)} lines come, ${String(removed)} go`;
}
