import type { Diagnostic } from '@kubefigurator/config-model';
import {
  allocate,
  build,
  type ClusterSnapshot,
  render,
  summarize,
  type Summary,
  translate,
  type TranslatorSettings,
} from '@kubefigurator/translator';

/** What one snapshot means. */
export interface Compilation {
  /** The config text; never blank, since its first line is the header. */
  readonly text: string;
  readonly diagnostics: readonly Diagnostic[];
  readonly summary: Summary;
}

/** Runs one stage; may measure it. */
export type RunStage = <T>(stage: string, work: () => T) => T;

/** From a snapshot to the config text: the pure half of the producer. */
export function compile(
  snapshot: ClusterSnapshot,
  settings: TranslatorSettings,
  run: RunStage = (_stage, work) => work(),
): Compilation {
  const translation = run('translate', () => translate(snapshot, settings));
  const allocation = run('allocate', () => allocate(translation));
  const model = run('build', () => build(allocation, settings));
  const text = run('render', () => render(model));
  return { text, diagnostics: allocation.diagnostics, summary: summarize(snapshot, allocation, model) };
}
