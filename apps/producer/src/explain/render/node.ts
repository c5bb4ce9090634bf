import { displayName } from '@kubefigurator/translator';
import type { JudgedAddress } from '@kubefigurator/translator';
import type { NodeExplanation } from '../explanation.ts';
import { renderHosts, renderLegend, renderPublished } from './hosts.ts';
import { renderField, renderFieldList, renderInlineList } from './layout.ts';
import { renderProblems } from './problems.ts';

const VERDICTS = {
  everywhere: 'a server everywhere',
  'in-part': 'NOT a server everywhere',
  nowhere: 'NOT a server',
} as const;

/** The explanation of a Node for people. */
export function renderNode(explanation: NodeExplanation): string[] {
  const { name, verdict, exists, selected, reason, near, addresses, backends, published, held, etcd, hosts } =
    explanation;
  const legend = renderLegend(hosts);
  return [
    `Node ${name}: ${VERDICTS[verdict]}${held.length === 0 ? '' : ', HELD by a guard'}`,
    renderField(0, 'Selected', `${selected ? 'yes' : 'no'}, ${reason}`),
    ...(near.length === 0 ? [] : [renderField(0, 'Did you mean', near.join(', '))]),
    ...renderProblems(0, explanation.problems),
    ...renderFieldList(
      0,
      'Addresses',
      addresses.map((each) => renderAddress(each, selected)),
    ),
    ...(exists ? [renderField(0, 'Backends', `a server in ${backends.count} of ${backends.of}`)] : []),
    ...(held.length === 0
      ? []
      : [
          renderField(
            0,
            'Held for',
            `${renderInlineList(held)}: a server until it is back, confirmed to be gone, or approved`,
          ),
        ]),
    renderField(0, 'Published', renderPublished(published, etcd)),
    ...renderHosts(0, hosts),
    ...(legend.length === 0 ? [] : ['', ...legend]),
  ];
}

function renderAddress(judged: JudgedAddress, selected: boolean): string {
  // The API server takes any text for a type, and manifests may have one for an address.
  const [type, address] = [displayName(judged.type), displayAddress(judged.address)];
  switch (judged.verdict) {
    case 'used':
      return `${address} (${type}): ${selected ? 'used' : 'not used'}, the first usable ${judged.family} one of the preferred types`;
    case 'spare':
      return `${address} (${type}): not used, since another ${judged.family} one comes first`;
    case 'unusable':
      return `passed over (${type}): ${judged.reason}`;
    case 'other-type':
      return `${address} (${type}): passed over, since --node-address-type doesn't name this type`;
  }
}

function displayAddress(address: string): string {
  return /^[0-9A-Fa-f.:]+$/.test(address) ? address : displayName(address);
}
