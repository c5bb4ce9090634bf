import { parseNetwork } from '@kubefigurator/config-model';
import type { TranslatorSettings } from '../index.ts';
import { defaultTranslatorSettings, parseNodeSelector } from '../index.ts';

interface SettingsDocument {
  readonly settings?: Partial<Omit<TranslatorSettings, 'nodeSelector' | 'nodeNetworks'>> & {
    readonly nodeSelector?: string;
    /** As `--node-network` takes them. */
    readonly nodeNetworks?: readonly string[];
    /** The size of the largest text that may be published; any by default. */
    readonly mostCharacters?: number;
  };
}

/** The settings of a golden case: those of its `settings:` document, and the defaults. */
export function goldenSettings(
  documents: readonly unknown[],
): TranslatorSettings & { mostCharacters: number } {
  const found = documents.map((document) => (document as SettingsDocument | null)?.settings);
  const settings = found.find((each) => each !== undefined) ?? {};
  const selector = parseNodeSelector(settings.nodeSelector ?? '');
  if (!selector.ok) throw new Error(`nodeSelector ${selector.reason}`);
  return {
    ...defaultTranslatorSettings,
    mostCharacters: Infinity,
    ...settings,
    nodeSelector: selector.value,
    nodeNetworks: (settings.nodeNetworks ?? []).flatMap((text) => parseNetwork(text) ?? []),
  };
}
