import type { KnownWord } from './vocabulary.ts';
import type { Scope } from './words.ts';
import { aCondition, aCriterion, aFormat, anExpression, anyWord } from './expressions.ts';
import { aBindAddress, aFile, aName, anAddress, aNumber, aText, aTime, aVariable } from './words.ts';

type MakeWords = (scope: Scope) => string[];

/** Values of options that don't take any word. */
const OPTION_VALUES: Readonly<Record<string, (scope: Scope) => string>> = {
  alpn: () => 'h2,http/1.1',
  proto: ({ random }) => random.pick(['h1', 'h2']),
  verify: ({ random }) => random.pick(['none', 'required', 'optional']),
  'ssl-min-ver': () => 'TLSv1.2',
  'ssl-max-ver': () => 'TLSv1.3',
  interface: () => 'lo',
  track: () => 'nodes/n1',
  resolvers: () => 'r',
  'init-addr': () => 'last,libc,none',
  observe: () => 'layer4',
  sni: anExpression,
  'pool-conn-name': anExpression,
};

function optionWords(scope: Scope, known: readonly KnownWord[]): string[] {
  const { random } = scope;
  return Array.from({ length: random.pick([0, 1, 1, 2, 3]) }, () => {
    const { word, values } = random.pick(known);
    return values === 0 ? [word] : [word, optionValue(scope, word)];
  }).flat();
}

function optionValue(scope: Scope, option: string): string {
  const { random } = scope;
  if (random.chance(0.1)) return anyWord(scope);
  const own = OPTION_VALUES[option];
  if (own !== undefined) return own(scope);
  if (/file|crt|keys|cert/.test(option)) return aFile(scope, 'certificates');
  if (/inter|slowstart|ping|delay|tcp-ut/.test(option)) return aTime(scope);
  if (/addr|source|socks4/.test(option)) return anAddress(scope);
  return random.chance(0.6) ? aNumber(scope) : aName(scope);
}

const bind: MakeWords = (scope) => {
  const tls = scope.random.chance(0.3) ? ['ssl', 'crt', aFile(scope, 'certificates')] : [];
  return ['bind', aBindAddress(scope), ...tls, ...optionWords(scope, scope.vocabulary.bindOptions)];
};

const server: MakeWords = (scope) => {
  const { random, vocabulary } = scope;
  const options = optionWords(scope, vocabulary.serverOptions);
  const tls = random.chance(0.2) ? ['ssl', 'verify', 'none'] : [];
  const head = random.pick([
    ['server', `s${random.below(4)}`, anAddress(scope)],
    ['server', `s${random.below(4)}`, anAddress(scope)],
    ['server-template', `t${random.below(3)}`, random.pick(['3', '1-4', '0', '2-1', 'x']), anAddress(scope)],
    ['default-server'],
  ]);
  return [...head, ...tls, ...options];
};

const ANSWERS: MakeWords = (scope) => {
  const { random } = scope;
  const content = random.pick([
    ['string', 'hello'],
    ['lf-string', aFormat(scope)],
    ['file', aFile(scope, 'data')],
    ['lf-file', aFile(scope, 'data')],
    ['errorfile', aFile(scope, 'data')],
    ['errorfiles', 'e'],
    ['default-errorfiles'],
    [],
  ]);
  const header = random.chance(0.2) ? ['hdr', 'x-a', aFormat(scope)] : [];
  return ['status', random.pick(['200', '403', '503']), 'content-type', 'text/plain', ...content, ...header];
};

/** What follows an action; other actions get any words. */
const ACTION_WORDS: Readonly<Record<string, MakeWords>> = {
  return: ANSWERS,
  deny: (scope) => ['deny_status', '403', ...ANSWERS(scope).slice(2)],
  tarpit: (scope) => ['deny_status', '503', ...ANSWERS(scope).slice(2)],
  'set-header': (scope) => [aName(scope), aFormat(scope)],
  'add-header': (scope) => [aName(scope), aFormat(scope)],
  'replace-header': (scope) => [aName(scope), aText(scope), aFormat(scope)],
  'replace-path': (scope) => [aText(scope), aFormat(scope)],
  'set-path': (scope) => [aFormat(scope)],
  redirect: (scope) => [scope.random.pick(['location', 'prefix', 'scheme']), aFormat(scope)],
  capture: (scope) => [anExpression(scope), 'len', aNumber(scope)],
  'use-service': ({ random, vocabulary }) => [random.pick(['lua.own', ...vocabulary.services])],
  'do-log': () => [],
  'cache-use': () => ['c'],
  'cache-store': () => ['c'],
  'wait-for-body': (scope) => ['time', aTime(scope)],
};
/** What follows an action that has a file in parentheses. */
const FILE_CALLS: Readonly<Record<string, MakeWords>> = {
  'set-map': (scope) => [aFormat(scope), aFormat(scope)],
  'del-map': (scope) => [aFormat(scope)],
  'add-acl': (scope) => [aFormat(scope)],
  'del-acl': (scope) => [aFormat(scope)],
};

const rule: MakeWords = (scope) => {
  const { random, vocabulary } = scope;
  const [beginning, actions] = random.pick([...vocabulary.actions]);
  const action = random.pick(actions);
  return [...beginning.split(' '), ...actionWords(scope, action), ...aCondition(scope)];
};

function actionWords(scope: Scope, action: string): string[] {
  const { random } = scope;
  const call = FILE_CALLS[action];
  if (call !== undefined) return [`${action}(${aFile(scope, 'data')})`, ...call(scope)];
  if (/^(?:un)?set-var/.test(action))
    return [`${action}(${aVariable(scope)})`, ...(/^un/.test(action) ? [] : [anExpression(scope)])];
  if (action === 'do-resolve') return [`do-resolve(${aVariable(scope)},r,ipv4)`, anExpression(scope)];
  if (/^track-sc/.test(action)) return ['track-sc0', anExpression(scope), 'table', 'st'];
  if (/^sc-/.test(action))
    return [`${action}(${aNumber(scope)})`, ...(/set|add/.test(action) ? [aNumber(scope)] : [])];
  const known = ACTION_WORDS[action];
  if (known !== undefined) return [action, ...known(scope)];
  return [action, ...Array.from({ length: random.below(3) }, () => anyWord(scope))];
}

const TIMEOUTS = [
  'client',
  'server',
  'connect',
  'http-request',
  'queue',
  'tunnel',
  'check',
  'tarpit',
  'client-fin',
];
const BALANCES = [
  'roundrobin',
  'leastconn',
  'source',
  'uri',
  'random',
  'random(2)',
  'url_param a',
  'hdr(host)',
  'hash src',
];
const CHECKS = [
  'httpchk GET /',
  'tcp-check',
  'ldap-check',
  'mysql-check user a',
  'smtpchk',
  'ssl-hello-chk',
  'pgsql-check user a',
];

/** Lines of one directive each, mostly valid ones. */
const DIRECTIVES: readonly MakeWords[] = [
  (scope) => ['acl', scope.random.pick(['a1', 'a2']), ...aCriterion(scope)],
  (scope) => [
    'use_backend',
    scope.random.pick([...scope.backends, `%[${anExpression(scope)}]`]),
    ...aCondition(scope),
  ],
  (scope) => ['default_backend', scope.random.pick(scope.backends)],
  (scope) => ['use-server', 's0', ...aCondition(scope)],
  (scope) => ['redirect', 'location', aFormat(scope), ...aCondition(scope)],
  (scope) => ['timeout', scope.random.pick(TIMEOUTS), aTime(scope)],
  ({ random }) => ['balance', ...random.pick(BALANCES).split(' ')],
  ({ random }) => ['option', ...random.pick(CHECKS).split(' ')],
  ({ random, vocabulary }) => [...random.pick([[], [], ['no']]), 'option', random.pick(vocabulary.options)],
  (scope) => ['option', scope.random.pick(scope.vocabulary.options), anyWord(scope)],
  (scope) => ['http-check', 'send', 'meth', 'GET', 'uri', '/', 'hdr', aName(scope), aFormat(scope)],
  (scope) => ['http-check', 'connect', 'addr', anAddress(scope)],
  (scope) => ['tcp-check', 'connect', 'port', aNumber(scope), 'addr', anAddress(scope)],
  ({ random }) => [
    'tcp-check',
    'expect',
    random.pick(['string', 'rstring', 'binary']),
    random.pick(['220', '3232']),
  ],
  (scope) => ['http-check', 'expect', 'status', aNumber(scope)],
  ({ random }) => [
    'stick-table',
    'type',
    random.pick(['ip', 'string', 'integer']),
    'size',
    random.pick(['1k', '10', '1g', '0']),
    'store',
    'gpc0',
  ],
  (scope) => [
    'stick',
    scope.random.pick(['on', 'match', 'store-request']),
    anExpression(scope),
    ...aCondition(scope),
  ],
  (scope) => [
    'cookie',
    aName(scope),
    ...scope.random.pick([['insert', 'indirect', 'nocache'], ['prefix'], ['rewrite']]),
  ],
  (scope) => ['capture', 'request', 'header', aName(scope), 'len', aNumber(scope)],
  (scope) => ['declare', 'capture', 'request', 'len', aNumber(scope)],
  (scope) => ['log', scope.random.pick(['global', '/dev/log', 'stdout', anAddress(scope)]), 'local0'],
  (scope) => [
    scope.random.pick(['log-format', 'error-log-format', 'log-format-sd', 'unique-id-format']),
    aFormat(scope),
  ],
  (scope) => ['errorfile', '503', aFile(scope, 'data')],
  (scope) => ['http-error', ...ANSWERS(scope)],
  (scope) => ['errorloc', '503', aText(scope)],
  (scope) => ['filter', scope.random.pick(scope.vocabulary.filters), anyWord(scope), anyWord(scope)],
  (scope) => [
    'stats',
    scope.random.pick([
      'enable',
      'uri',
      'realm',
      'auth',
      'admin',
      'http-request',
      'socket',
      'scope',
      'refresh',
    ]),
    anyWord(scope),
  ],
  (scope) => ['monitor-uri', aText(scope)],
  (scope) => [
    'source',
    anAddress(scope),
    'usesrc',
    scope.random.pick(['clientip', 'client', anAddress(scope)]),
  ],
  (scope) => ['dispatch', anAddress(scope)],
  (scope) => ['compression', scope.random.pick(['algo', 'type', 'offload', 'direction']), aName(scope)],
  (scope) => ['email-alert', scope.random.pick(['from', 'to', 'mailers', 'level']), aName(scope)],
  (scope) => ['hash-type', scope.random.pick(['consistent', 'map-based']), aName(scope)],
  (scope) => ['retry-on', scope.random.pick(['all-retryable-errors', '503', 'conn-failure'])],
  (scope) => ['http-send-name-header', aName(scope)],
  (scope) => [scope.random.pick(['maxconn', 'fullconn', 'retries', 'backlog', 'id']), aNumber(scope)],
  (scope) => ['description', aText(scope), anyWord(scope)],
  ({ random }) =>
    [random.pick(['disabled', 'enabled', 'transparent', 'mode tcp', 'mode http'])].flatMap((each) =>
      each.split(' '),
    ),
];

const anything: MakeWords = (scope) => [
  scope.random.pick(scope.vocabulary.directives),
  ...Array.from({ length: scope.random.below(5) }, () => anyWord(scope)),
];

/** The words of a line; HAProxy takes most such lines. */
export function aLine(scope: Scope): string[] {
  const kinds = [bind, server, server, rule, rule, rule, anything];
  const kind = scope.random.chance(0.5) ? scope.random.pick(kinds) : scope.random.pick(DIRECTIVES);
  return kind(scope);
}
