import { parseNetwork } from '@kubefigurator/config-model';
import type { SettingsOf } from '@kubefigurator/daemon';
import {
  defaultTranslatorSettings,
  parseNodeSelector,
  type Policy,
  type TranslatorSettings,
} from '@kubefigurator/translator';
import type { translatorSettings } from './settings.ts';

/** Gives the settings of the translator; the same object for the same policy, so that results for it are remembered. */
export function createSettingsOfPolicy(
  settings: SettingsOf<typeof translatorSettings>,
): (policy: Policy | undefined) => TranslatorSettings {
  let last: { readonly policy: Policy | undefined; readonly settings: TranslatorSettings } | undefined;
  return (policy) => {
    if (last === undefined || last.policy !== policy)
      last = { policy, settings: translatorSettingsOf(settings, policy) };
    return last.settings;
  };
}

/** The settings that the translator takes, in its own form, with the policy as it was read. */
export function translatorSettingsOf(
  settings: SettingsOf<typeof translatorSettings>,
  policy?: Policy,
): TranslatorSettings {
  const { cluster, certificateDir, defaultCertificate, backendCaFile } = settings;
  const nodeSelector = parseNodeSelector(settings.nodeSelector);
  return {
    cluster,
    certificateDir,
    ...(defaultCertificate === undefined ? {} : { defaultCertificate }),
    backendCaFile,
    // Never the default: `parseNodeSelectorSetting` has refused a selector that doesn't parse.
    nodeSelector: nodeSelector.ok ? nodeSelector.value : defaultTranslatorSettings.nodeSelector,
    nodeAddressTypes: settings.nodeAddressType,
    nodeNetworks: settings.nodeNetwork.flatMap((text) => parseNetwork(text) ?? []),
    reservedPorts: settings.reservedPort,
    listenPorts: settings.listenPorts,
    wellKnownPorts: settings.wellKnownPorts,
    localListenAddresses: settings.localListenAddresses,
    specificAddressWins: settings.specificAddressWins,
    hostNamesPerBind: settings.hostNamesPerBind,
    limits: {
      listenAddresses: settings.maxListenAddresses,
      hostNames: settings.maxHostNames,
      ports: settings.maxPorts,
      lines: settings.maxLines,
      characters: settings.maxCharacters,
      servers: settings.maxServers,
    },
    namespaceShare: settings.namespaceShare,
    ...(policy === undefined ? {} : { policy }),
  };
}
