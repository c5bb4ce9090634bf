import { type CommandContext, defineCommand, UsageError, unlessStopped } from '@kubefigurator/daemon';
import { openHostReader, openConfigStore } from '@kubefigurator/etcd-store';
import { observeIdentified } from '../cluster/observe.ts';
import { readPolicyOnce } from '../cluster/observe-policy.ts';
import { goesByLabels } from '@kubefigurator/translator';
import type { Explanation } from '../explain/explanation.ts';
import { type Facts, explanationFactsOf } from '../explain/facts.ts';
import { explainNode } from '../explain/node.ts';
import { parseRequestUrl } from '../explain/parse-request.ts';
import { renderExplanation } from '../explain/render/render.ts';
import { explainRequest } from '../explain/request.ts';
import { explainService } from '../explain/service.ts';
import { guardSettingsOf } from '../guard-settings.ts';
import { compileGuarded } from '../guarded.ts';
import { createApprovalCheck } from '../publish/guard/approvals.ts';
import { createGuard } from '../publish/guard/guard.ts';
import { heldServicesOf, readBoard } from '../publish/guard/held-board.ts';
import { claimsAfterReleases } from '../publish/releases.ts';
import { describeOtherOwner, judgeLead } from '../publish/lead.ts';
import { explainSettings } from '../settings.ts';
import { translatorSettingsOf } from '../translator-settings.ts';
import { publishedIn } from './published-text.ts';
import { readStanding } from './standing.ts';

/** Says why something is served or not, and where; writes nothing. */
export const explain = defineCommand({
  name: 'explain',
  summary: 'say why a Service, a Node or a request is served or not, and on which hosts; writes nothing',
  description:
    'explain service <namespace>/<name>, explain node <name>, or explain request https://<host>[:<port>]. ' +
    "Compares the cluster, the text in etcd and the hosts' statuses there; give the flags and variables that the producer has. " +
    'Exits 0 when it is served everywhere, 1 when it is not or not everywhere, 2 when used wrongly or in trouble.',
  settings: explainSettings,
  positional: ['subject', 'name'],
  failureExitCode: 2,
  run: async (context) => {
    const { io, settings } = context;
    const answer = readQuestion(settings);
    const explanation = answer(await unlessStopped(observeAll(context), io.signal));
    io.stdout.write(renderExplanation(explanation, settings.output));
    return explanation.verdict === 'everywhere' ? 0 : 1;
  },
});

type Settings = CommandContext<typeof explainSettings>['settings'];

const QUESTIONS =
  'give service <namespace>/<name>, node <name>, or request https://<host>[:<port>], such as: explain service shop/web';

type Answer = (facts: Facts) => Explanation;

/** For each subject, gives the function that explains the one with this name; throws a UsageError for a malformed name. */
const ANSWERS: Readonly<Record<Settings['subject'], (name: string) => Answer>> = {
  service: (name) => {
    const [namespace = '', service = '', ...more] = name.split('/');
    if (namespace === '' || service === '' || more.length > 0)
      throw new UsageError(`explain service: "${name}" is not <namespace>/<name>, such as shop/web`);
    return (facts) => explainService(facts, { namespace, name: service });
  },
  node: (name) => (facts) => explainNode(facts, name),
  request: (name) => {
    const request = parseRequestUrl(name);
    // The message doesn't quote the URL, which may hold a password.
    if (!('value' in request)) throw new UsageError(`explain request: the second word ${request.reason}`);
    return (facts) => explainRequest(facts, request.value);
  },
};

function readQuestion({ subject, name }: Settings): Answer {
  if (name === undefined) throw new UsageError(`explain: ${QUESTIONS}`);
  return ANSWERS[subject](name);
}

/** Reads the cluster, then compiles it; reads the text, the releases, what is held, and the hosts' statuses in etcd. */
async function observeAll({ io, settings, log }: CommandContext<typeof explainSettings>): Promise<Facts> {
  const store = openConfigStore(settings, { log });
  const hostReader = openHostReader(settings, { log });
  try {
    const policy = await readPolicyOnce({ settings, io, log });
    const withNamespaces = goesByLabels(policy);
    const [{ snapshot, uid }, reading, releases, entries, hosts, leader, publication, owner] =
      await Promise.all([
        observeIdentified({ settings, io, log, everything: true, withNamespaces, uid: 'if-allowed' }),
        store.read(),
        store.readReleases(),
        store.readHeld(),
        hostReader.read(),
        store.readLeader(),
        store.readRecord(),
        store.readOwner(),
      ]);
    const translator = translatorSettingsOf(settings, policy);
    const { text: before, pin } = await readStanding(store, reading);
    const { record, pause, approvals } = readBoard(entries);
    const guard = createGuard(guardSettingsOf(settings));
    guard.resume(heldServicesOf({ record, pause, approvals }));
    const compilation = compileGuarded(snapshot, translator, {
      before,
      releases,
      guard,
      isApproved: createApprovalCheck(approvals),
      now: performance.now(),
      listedAt: undefined,
    });
    return explanationFactsOf({
      snapshot,
      settings: translator,
      namespaces: settings.namespace,
      hosts,
      key: store.key,
      compilation,
      guard: { held: compilation.judgement.verdict.held, since: record?.since, pause, pin: pin.marker },
      leadership: {
        isLeaderMissing: judgeLead({ leader, record: publication })?.state === 'missing',
        otherOwner: describeOtherOwner({ owner }, { name: settings.cluster, uid }),
      },
      standing: claimsAfterReleases(before, releases, translator.limits),
      published: publishedIn(reading),
    });
  } finally {
    hostReader.close();
    await store.close();
  }
}
