import type { Parsed } from '../../diagnostics/parsed.ts';
import { acceptValue } from '../../diagnostics/parsed.ts';

/** A CEL expression for `Admission.holds`: true for the only two texts that give no warning. */
export const TRUE_OR_FALSE = "VALUE in ['true', 'false']";

/** `true` or `false`; any other text counts as false, with a warning. */
export function parseAnnotationSwitch(text: string): Parsed<boolean> {
  if (text === 'true' || text === 'false') return acceptValue(text === 'true');
  return { ok: true, value: false, warning: 'counts as false: write true or false' };
}

/** `true` or `false`; any other text counts as unset, with a warning. */
export function parseAnnotationTriState(text: string): Parsed<boolean | undefined> {
  if (text === 'true' || text === 'false') return acceptValue(text === 'true');
  return {
    ok: true,
    value: undefined,
    warning: 'counts as unset, as if it were absent: write true or false',
  };
}
