/** A word from etcd for messages: whoever may write the key may have written anything there. */
export function plainWord(text: string, longest: number): string {
  return text.replaceAll(/\p{C}/gu, '?').slice(0, longest);
}
