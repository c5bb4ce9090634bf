import type { Blame } from '@kubefigurator/config-model';
import type { ConfigText, Gate, ParsedText } from '@kubefigurator/haproxy-config';

/** What etcd asks for, after the gate. */
export type Wanted =
  /** etcd has not answered since this program started. */
  | { readonly kind: 'unknown' }
  /** There is no text to apply: what runs is kept. */
  | { readonly kind: 'nothing'; readonly revision: string | undefined; readonly reason: string }
  /** The gate refused the text. */
  | {
      readonly kind: 'refused';
      readonly revision: string;
      readonly blame: readonly Blame[];
      /**
       * The sections in which the gate found nothing wrong, and the hash of the text; undefined if more than lines is
       * wrong, or if the gate didn't judge every section.
       */
      readonly sound?: (ParsedText & { readonly hash: string }) | undefined;
    }
  | (ParsedText & {
      readonly kind: 'text';
      readonly revision: string;
      /** SHA-256 of the text as etcd has it, in hex. */
      readonly hash: string;
    });

export type WantedText = Extract<Wanted, { kind: 'text' }>;
export type WantedRefused = Extract<Wanted, { kind: 'refused' }>;

/** What etcd has under the key, as the store reads it. */
export type KeyReading =
  | { readonly kind: 'published'; readonly published: { readonly revision: string; readonly text: string } }
  | { readonly kind: 'missing'; readonly key: string }
  | { readonly kind: 'unreadable'; readonly revision: string; readonly reason: string };

/**
 * Judges what etcd has: only a text that passes the gate is ever applied. `hash` is the SHA-256 of a published text,
 * in hex; the sections of `known`, the text that was accepted last, are neither read nor judged again.
 */
export function wantedFrom(
  reading: KeyReading | undefined,
  hash: string,
  { gate, known }: { readonly gate: Gate; readonly known: ConfigText | undefined },
): Wanted {
  if (reading === undefined) return { kind: 'unknown' };
  if (reading.kind === 'missing') {
    const reason = `the key "${reading.key}" is not in etcd, which never means "no services"`;
    return { kind: 'nothing', revision: undefined, reason };
  }
  if (reading.kind === 'unreadable') {
    const reason = `the published value can't be read: ${reading.reason}`;
    return { kind: 'nothing', revision: reading.revision, reason };
  }
  const { revision, text } = reading.published;
  const verdict = gate(text, known);
  if (verdict.kind === 'refused') {
    const { blame, sound } = verdict;
    return { kind: 'refused', revision, blame, sound: sound && { ...sound, hash } };
  }
  if (verdict.kind === 'blank') return { kind: 'nothing', revision, reason: BLANK };
  return { kind: 'text', revision, hash, text: verdict.text, config: verdict.config };
}

const BLANK = 'the published value is blank, which never means "no services"';
