import type { Row } from './row.ts';
import { PROPERTIES } from './row.ts';

/** Which Services, which ports. */
export const SELECTION: readonly Row[] = [
  {
    says: 'The options are one table with parser, default and doc line; code, reference pages and tests read it.',
    tests: [
      'libs/translator/src/options/table.test.ts › every row has all of its texts, each of which fits into a cell',
      'tools/reference/generated.test.ts › $file is current',
    ],
  },
  {
    says: 'Values are Kubernetes strings.',
    goldens: 'select-ancestor-example',
    tests: ['apps/producer/src/cluster/manifests/manifests.test.ts › readManifests'],
  },
  {
    says: 'A Service is selected by the label haproxy-kubefigurator.enabled with exactly the value yes.',
    goldens:
      'select-ancestor-example select-nothing select-many-kinds select-empty-cluster select-label-capital-yes',
  },
  {
    says: 'A served port has a nodePort, in a Service of type NodePort or LoadBalancer.',
    goldens: 'select-loadbalancer-type select-cluster-ip select-no-type select-no-node-ports select-no-ports',
  },
  {
    says: 'A port without a nodePort beside a served port is skipped, with a warning if an annotation names it.',
    goldens: 'select-port-without-node-port no-node-port',
  },
  {
    says: 'A key longer than the API server allows: an error, with the number of the port as the way out.',
    goldens: 'key-too-long key-too-long-number',
  },
  {
    says: 'A labelled Service of which nothing can be served: warning nothing-to-serve.',
    goldens: 'select-cluster-ip select-no-node-ports select-no-ports select-sctp-only',
  },
  {
    says: 'The label with another value is a near miss, except no, false and an empty value.',
    goldens: 'select-label-true select-label-capital-yes select-label-no hostile-label',
  },
  {
    says: 'A label of ours with a mistyped key, and the label written as an annotation, are near misses.',
    goldens: 'select-label-key select-label-as-annotation select-label-and-annotation',
  },
  {
    says: 'A label or annotation under our prefix in another letter case gets a warning with the nearest valid spelling.',
    goldens:
      'select-label-other-case select-annotation-other-case select-two-labels-other-case option-prefix-other-case',
    tests: ['libs/translator/src/dialects/kubefigurator/concerns.test.ts › concerns us'],
  },
  {
    says: 'An annotation under our prefix whose option does not exist: a warning on that Service, with the nearest valid spelling.',
    goldens:
      'option-near-miss-option option-near-miss-both option-capital-letters option-unknown-far option-unknown-separator option-many-unknown hostile-keys',
    tests: ['libs/translator/src/options/suggest.test.ts › of two equally near words the first is offered'],
  },
  {
    says: 'An http port without hostname, but with a misspelt one, is left out.',
    goldens:
      'hostname-misspelt hostname-misspelt-service hostname-misspelt-port hostname-misspelt-far hostname-misspelt-unnamed hostname-misspelt-swapped hostname-misspelt-tcp hostname-misspelt-beside',
  },
  {
    says: 'An annotation under our prefix whose port does not exist: a warning on that Service, with the nearest valid spelling.',
    goldens: 'option-near-miss-port option-near-miss-both',
  },
  {
    says: "Other people's annotations, and Services without our label, get no diagnostic.",
    goldens: 'option-foreign-annotations select-unlabelled-typos',
  },
  {
    says: 'TCP only: a UDP or SCTP port is a warning that names it, the other ports are served.',
    goldens: 'select-udp-beside-tcp select-sctp-only',
  },
  {
    says: 'An option is the annotation haproxy-kubefigurator.<port name>.<option>.',
    goldens: 'select-ancestor-example option-port-named-like-option',
  },
  {
    says: "The port's number may be used instead of its name; an unnamed port has only its number.",
    goldens: 'option-port-number option-unnamed-port option-name-before-number option-number-as-name',
  },
  {
    says: 'The first users wrote an empty name for an unnamed port: haproxy-kubefigurator..<option>.',
    goldens: 'option-unnamed-port-two-dots option-two-dots-named-port',
  },
  {
    says: 'haproxy-kubefigurator.<option> sets it for every port of the Service.',
    goldens: 'option-service-wide option-service-wide-broken',
  },
  { says: "The port's own option wins.", goldens: 'option-port-before-service' },
  {
    says: 'An annotation with an empty text counts as absent if an empty text is no valid value.',
    goldens: 'option-empty-is-unset ssl-empty hostname-empty',
  },
  {
    says: 'Objects that no API server would have accepted are left out and named.',
    goldens: 'object-bad-names object-bad-port object-duplicates',
    tests: [
      `${PROPERTIES} › any order of the objects gives the same bytes and diagnostics`,
      'libs/translator/src/objects.test.ts › of two objects of one name the same one is kept',
      'libs/translator/src/objects.test.ts › a nodePort that Kubernetes would not accept',
    ],
  },
];
