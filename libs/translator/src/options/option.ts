import type { DiagnosticCode } from '../diagnostics/diagnostics.ts';
import type { Parsed } from '../diagnostics/parsed.ts';
import type { Directive, ProxyMode } from '../intent/intent.ts';
import type { LimitName, ServiceLimits } from '../snapshot/limits.ts';
import type { Draft } from './draft.ts';

/** What a parser may use besides the text. */
export interface ParseContext {
  readonly cluster: string;
  readonly limits: ServiceLimits;
}

/** What the API server can check before a text is stored. */
export interface Admission {
  /** If `holds` is false, the text is refused, or accepted with a warning. */
  readonly action: 'refuse' | 'warn';
  /** A CEL expression on VALUE; true for every text that the parser accepts without a warning, and perhaps for more. */
  readonly holds: string;
}

/** An option as other code sees it: the reader of annotations, the reference page, the admission policy and the tests. */
export interface OptionDescription {
  readonly name: string;
  /** The accepted texts, in a few words. */
  readonly takes: string;
  /** The value if the annotation is absent, in words. */
  readonly default: string;
  readonly doc: string;
  /** What it belongs to. An option of the bind must be the same for all ports that share the bind. */
  readonly scope: 'port' | 'service' | 'bind' | 'backend';
  /** Whether an empty text counts as absent, or is parsed like any other. */
  readonly empty: 'unset' | 'parsed';
  /** The code of the warning for a text that isn't recommended, but keeps a meaning; absent if there is no such text. */
  readonly warning?: DiagnosticCode;
  /** The limit on the number of items; present if the value is a comma-separated list. */
  readonly limit?: LimitName;
  readonly admission: Admission;
}

/** One row of a table of options. */
export interface OptionRow<T> extends OptionDescription {
  readonly parse: (text: string, context: ParseContext) => Parsed<T>;
  /** The modes in which a value has an effect; in another mode it isn't applied, and there is a warning. */
  readonly modes: readonly ProxyMode[] | ((value: T) => readonly ProxyMode[]);
  /** The warning in such another mode; if absent, it is made from the option's name. */
  readonly ineffective?: string;
  /** How the value changes the intent: a function, or the line that it adds to the backend. */
  readonly apply: ((draft: Draft, value: T) => Draft) | { readonly directive: (value: T) => Directive };
}

/** A parsed value; it is applied once the mode of its port is known. */
export interface Setting {
  readonly modes: readonly ProxyMode[];
  readonly apply: (draft: Draft) => Draft;
}

/** A row with its type of value erased, so that rows of different types fit into one table. */
export interface Option extends OptionDescription {
  /** Gives the value alone. */
  readonly parse: (text: string, context: ParseContext) => Parsed<unknown>;
  /** Gives the value with how and in which modes it is applied. */
  readonly read: (text: string, context: ParseContext) => Parsed<Setting>;
  readonly ineffective: string;
}

/** Rows in the order in which they are applied and documented. */
export type OptionTable = readonly Option[];

export const BOTH_MODES: readonly ProxyMode[] = ['http', 'tcp'];

/** Makes a table row. `T` is erased in the result, after the compiler has checked that `parse` and `apply` agree on it. */
export function defineOption<T>(row: OptionRow<T>): Option {
  const { name, modes, ineffective = `${name} has no effect on a port of this haproxy-mode` } = row;
  return {
    ...row,
    ineffective,
    read: (text, context) => {
      const parsed = row.parse(text, context);
      if (!parsed.ok) return parsed;
      const { value } = parsed;
      return {
        ...parsed,
        value: {
          modes: typeof modes === 'function' ? modes(value) : modes,
          apply: (draft) => applyValue(row, draft, value),
        },
      };
    },
  };
}

function applyValue<T>({ apply }: OptionRow<T>, draft: Draft, value: T): Draft {
  if (typeof apply === 'function') return apply(draft, value);
  const { backend } = draft;
  return { ...draft, backend: { ...backend, directives: [...backend.directives, apply.directive(value)] } };
}
