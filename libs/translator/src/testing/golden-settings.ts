import { parseNetwork } from '@kubefigurator/config-model';
import type { Policy, TranslatorSettings } from '../index.ts';
import { defaultTranslatorSettings, documentOf, parseNodeSelector, parsePolicy } from '../index.ts';

interface SettingsDocument {
  readonly settings?: Partial<Omit<TranslatorSettings, 'nodeSelector' | 'nodeNetworks' | 'policy'>> & {
    readonly nodeSelector?: string;
    /** As `--node-network` takes them. */
    readonly nodeNetworks?: readonly string[];
    /** As in the file of `--policy-file`. */
    readonly policy?: unknown;
    /** The most characters of a text that may be published; without a limit by default. */
    readonly mostCharacters?: number;
  };
}

/** The settings of a golden case: those of its `settings:` document, and the defaults. */
export function goldenSettings(
  documents: readonly unknown[],
): TranslatorSettings & { mostCharacters: number } {
  const found = documents.map((document) => (document as SettingsDocument | null)?.settings);
  const settings = found.find((each) => each !== undefined) ?? {};
  const { policy: document, ...others } = settings;
  const policy = document === undefined ? undefined : readPolicy(document, settings.cluster ?? '');
  const selector = parseNodeSelector(settings.nodeSelector ?? '');
  if (!selector.ok) throw new Error(`nodeSelector ${selector.reason}`);
  return {
    ...defaultTranslatorSettings,
    mostCharacters: Infinity,
    ...others,
    ...(policy === undefined ? {} : { policy }),
    nodeSelector: selector.value,
    nodeNetworks: (settings.nodeNetworks ?? []).flatMap((text) => parseNetwork(text) ?? []),
  };
}

function readPolicy(document: unknown, cluster: string): Policy {
  const reading = parsePolicy(documentOf(document), { cluster });
  if (!reading.ok) throw new Error(reading.mistakes.map(({ reason }) => reason).join('; '));
  return reading.policy;
}
