import type { TranslatorSettings } from '../index.ts';
import { defaultTranslatorSettings, parseNodeSelector } from '../index.ts';

interface SettingsDocument {
  readonly settings?: Partial<Omit<TranslatorSettings, 'nodeSelector'>> & { readonly nodeSelector?: string };
}

/** The settings of a golden case: those of its `settings:` document, and the defaults. */
export function goldenSettings(documents: readonly unknown[]): TranslatorSettings {
  const found = documents.map((document) => (document as SettingsDocument | null)?.settings);
  const settings = found.find((each) => each !== undefined) ?? {};
  const selector = parseNodeSelector(settings.nodeSelector ?? '');
  if (!selector.ok) throw new Error(`nodeSelector ${selector.reason}`);
  return { ...defaultTranslatorSettings, ...settings, nodeSelector: selector.value };
}
