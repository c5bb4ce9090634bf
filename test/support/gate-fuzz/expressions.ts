import type { KnownCall } from './vocabulary.ts';
import type { Scope } from './words.ts';
import { aFile, anAddress, aNumber, aTime, NAMES, TEXTS } from './words.ts';

const FORMATS = [
  '%ci:%cp',
  '%[src]',
  '%{+Q}r',
  '%ID',
  '%{+X}o\\ %Ts',
  '%[unique-id]',
  '%[acl(a1)]',
  '%t',
  '%%',
  '%H',
  '%[rand]',
];

/** Any word, of any kind. */
export function anyWord(scope: Scope): string {
  const { random, vocabulary } = scope;
  const kinds: readonly (() => string)[] = [
    () => aNumber(scope),
    () => aTime(scope),
    () => random.pick(NAMES),
    () => random.pick(TEXTS),
    () => anAddress(scope),
    () => aFile(scope, random.chance(0.5) ? 'data' : 'certificates'),
    () => anExpression(scope),
    () => `%[${anExpression(scope)}]`,
    () => random.pick(FORMATS),
    () => random.pick([...scope.frontends, ...scope.backends]),
    () => random.pick(vocabulary.directives),
    () => random.pick(vocabulary.serverOptions).word,
    () => random.pick(vocabulary.bindOptions).word,
    () =>
      random.pick([
        'file',
        'lf-file',
        'string',
        'errorfile',
        'config',
        '-f',
        '-M',
        '-m',
        '--',
        '-i',
        '-n',
        '{',
        '}',
        '!',
      ]),
  ];
  return random.pick(kinds)();
}

/** A sample expression: a fetch, and a few converters. */
export function anExpression(scope: Scope): string {
  const { random, vocabulary } = scope;
  const fetch = random.chance(0.6)
    ? random.pick([
        'src',
        'path',
        'req.hdr(host)',
        'str(a)',
        'int(1)',
        'var(txn.x)',
        'dst_port',
        'method',
        'url_param(a)',
      ])
    : callOf(scope, random.pick(vocabulary.fetches));
  const converters = Array.from({ length: random.pick([0, 0, 1, 1, 2]) }, () =>
    callOf(scope, random.pick(vocabulary.converters)),
  );
  return [fetch, ...converters].join(',');
}

function callOf(scope: Scope, { name, args }: KnownCall): string {
  if (args.length === 0) return scope.random.chance(0.95) ? name : `${name}()`;
  const given = args.map((arg) => argumentOf(scope, name, arg));
  const count = scope.random.chance(0.7) ? given.length : 1 + scope.random.below(given.length);
  return `${name}(${given.slice(0, count).join(',')})`;
}

function argumentOf(scope: Scope, call: string, kind: string): string {
  const { random } = scope;
  if (/^map/.test(call) && kind === 'string') return random.chance(0.8) ? aFile(scope, 'data') : 'x';
  if (/int/.test(kind)) return aNumber(scope);
  if (/table|frontend|backend|proxy|server/.test(kind))
    return random.pick([...scope.backends, 'st', 'nodes/n1']);
  if (/addr|mask|ip/.test(kind)) return random.pick(['10.0.0.1', '24', '255.255.0.0', '2001:db8::1']);
  const strings = [
    'a',
    'x-kind',
    ',',
    '.',
    'hex',
    'txn.x',
    'proc.x',
    '',
    ' a',
    '/',
    '"a,b"',
    `'a b'`,
    's/a/b/',
    '^a+$',
  ];
  return random.chance(0.85)
    ? random.pick(strings)
    : aFile(scope, random.chance(0.5) ? 'data' : 'certificates');
}

/** `if` and a condition, or nothing. */
export function aCondition(scope: Scope): string[] {
  const { random } = scope;
  if (random.chance(0.5)) return [];
  const terms = [anAcl(scope), ...(random.chance(0.2) ? [['||'], anAcl(scope)] : [])];
  return [random.pick(['if', 'if', 'unless']), ...terms.flat()];
}

function anAcl(scope: Scope): string[] {
  const { random } = scope;
  const not = random.chance(0.1) ? ['!'] : [];
  if (random.chance(0.2)) return [...not, random.pick(['TRUE', 'HTTP', 'a1', 'LOCALHOST', '!TRUE'])];
  return [...not, '{', ...aCriterion(scope), '}'];
}

/** What an ACL compares: `path -m beg /a`, or `src -f /…`. */
export function aCriterion(scope: Scope): string[] {
  const { random, vocabulary } = scope;
  const what = random.chance(0.3) ? random.pick(vocabulary.matchers) : anExpression(scope);
  const flags = random.pick([
    [],
    [],
    [
      '-m',
      random.pick([
        'str',
        'beg',
        'end',
        'sub',
        'reg',
        'found',
        'int',
        'ip',
        'dom',
        'dir',
        'len',
        'bin',
        'bool',
      ]),
    ],
    ['-i'],
    ['-f', aFile(scope, 'data')],
    ['-M', '-f', aFile(scope, 'data')],
    ['-i', '-m', 'beg', '--'],
    ['-u', '7'],
    ['-n'],
  ]);
  const patterns = Array.from({ length: 1 + random.below(2) }, () =>
    random.pick(['/a', '10.0.0.0/8', '5', 'gt 5', 'a.example.com', '^/x', '-f', '200', '']),
  );
  return [what, ...flags, ...patterns];
}

/** A log format. */
export function aFormat(scope: Scope): string {
  const { random } = scope;
  if (random.chance(0.5)) return random.pick([...NAMES, ...TEXTS]);
  return random.chance(0.5) ? random.pick(FORMATS) : `a%[${anExpression(scope)}]`;
}
