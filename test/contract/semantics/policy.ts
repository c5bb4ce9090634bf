import type { Row } from './row.ts';

const POLICY_TEST = 'libs/translator/src/policy/policy.test.ts';
const PROPERTY = 'libs/translator/src/policy/policy.property.test.ts';

/** Who may expose what. */
export const POLICY: readonly Row[] = [
  {
    says: 'A listen port, mode or certificate that the policy does not allow leaves out its port; the rest of the Service is served.',
    goldens: 'policy-breaches',
    tests: [`${PROPERTY} › a breach never reaches the text, whatever stood before`],
  },
  {
    says: 'Of several listen addresses or host names only those are left out that the policy does not allow; a port of which no name is left takes no other requests.',
    goldens: 'policy-breaches',
    tests: [`${POLICY_TEST} › never turns a port without an allowed name into one that takes every request`],
  },
  {
    says: 'A host name that the policy gives to one namespace is neither taken by an older Service elsewhere nor kept by one that stands published.',
    goldens: 'policy-names policy-standing',
  },
  {
    says: 'A name belongs to the rules with the longest entry for it; a wildcard of another rule above it is no conflict.',
    goldens: 'policy-names',
    tests: [`${POLICY_TEST} › is had below the wildcard of another rule, whoever is older`],
  },
  {
    says: 'A listen port that the policy allows only with TLS, or only without, is taken neither by an older Service of the other kind nor kept by one that stands published.',
    goldens: 'policy-tls',
    tests: [`${POLICY_TEST} › a port without TLS`, `${POLICY_TEST} › a port with TLS`],
  },
  {
    says: 'A rule counts for the namespaces that it names, else by labels of the Namespace, else the default.',
    goldens: 'policy-labels',
    tests: [`${POLICY_TEST} › names go before labels`],
  },
  {
    says: 'The binds and host names of one namespace are limited; what stands published comes first, then the oldest Service.',
    goldens: 'policy-numbers',
    tests: [`${POLICY_TEST} › count what stands published first`],
  },
  {
    says: 'Namespaces that no rule names may have everything but the names of others, unless there is a default.',
    tests: [`${POLICY_TEST} › have everything but the names of others without a default`],
  },
  {
    says: 'What is in breach never makes a bind or a server, and Services inside their policy are served as without one.',
    tests: [
      `${PROPERTY} › what is in breach never makes a bind or a server`,
      `${PROPERTY} › Services inside their policy are served as without one`,
    ],
  },
];
