// The order of the rooms inside an app or a lib, and the ESLint rule that holds it: imports go downwards only.
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the workspace. Paths are relative to it, since nx runs ESLint in the folder of each project. */
const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/**
 * For each folder its rooms from top to bottom; a room is a folder, or a file of the folder without its extension.
 * Names in one string share a layer. A room may import itself, its layer and what is below. A file that isn't listed
 * is above all rooms, and a folder that isn't listed is refused, so that each new folder gets its place here.
 */
export const ROOMS = {
  'apps/consumer/src': ['commands', 'agent', 'metrics', 'status', 'apply', 'haproxy host state', 'settings'],
  'libs/translator/src': [
    ...['report', 'render', 'model', 'fit', 'servers', 'policy', 'claims', 'limits', 'addresses'],
    ...['dialects', 'options', 'snapshot', 'intent', 'diagnostics', 'remember'],
  ],
  'libs/etcd-store/src': [
    'host-registration',
    'config-text',
    'lease transaction watch',
    'keys',
    'connection',
  ],
  'apps/producer/src': [
    'main',
    'program',
    'commands',
    'loop',
    'lookout',
    'explain fleet',
    'metrics translator-settings',
    'settings',
    'fleet-settings history-settings',
    'guard-settings source-settings limit-settings policy-settings',
    'setting-values',
    'guarded',
    'compile diagnostics pace',
    'cluster publish',
  ],
  'apps/producer/src/cluster': [
    ...['observe-policy', 'observe', 'report', 'policy', 'api manifests', 'kubeconfig', 'http'],
    ...['source event-access yaml-reason', 'records'],
  ],
  'libs/haproxy-config/src': ['lower', 'diff', 'gate', 'certificates', 'blame', 'inherited', 'parse'],
};

/** ESLint rule; its one option is a table like `ROOMS`, with paths from the root of the workspace. */
export const downwardsOnly = {
  meta: {
    type: 'problem',
    schema: [{ type: 'object', additionalProperties: { type: 'array', items: { type: 'string' } } }],
    messages: {
      upwards:
        '{{from}} is below {{to}} in {{folder}}: imports go downwards, as tools/lint/rooms.mjs orders them.',
      unlisted: '{{folder}}/{{room}} has no place in the order of rooms: name it in tools/lint/rooms.mjs.',
      testing: 'The product imports nothing that only tests use.',
    },
  },
  create(context) {
    const file = relative(ROOT, context.filename);
    const check = (node) => {
      if (typeof node.source?.value !== 'string' || !node.source.value.startsWith('.')) return;
      const target = relative(ROOT, resolve(dirname(context.filename), node.source.value));
      const problem = problemOf(context.options[0], file, target);
      if (problem !== undefined) context.report({ node: node.source, ...problem });
    };
    return {
      ImportDeclaration: check,
      ImportExpression: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
    };
  },
};

function problemOf(table, file, target) {
  if (target.split(sep).includes('testing')) return { messageId: 'testing' };
  const problems = Object.entries(table).map(([folder, order]) => problemIn({ folder, order }, file, target));
  return problems.find((problem) => problem !== undefined);
}

function problemIn({ folder, order }, file, target) {
  const [from, to] = [file, target].map((path) => roomOf(folder, path));
  if (from === undefined || to === undefined || from.name === to.name) return undefined;
  // A file that isn't listed has layer -1, which is above every room.
  const layerOf = ({ name }) => order.findIndex((layer) => layer.split(' ').includes(name));
  const unlisted = [from, to].find((room) => room.isFolder && layerOf(room) === -1);
  if (unlisted !== undefined) return { messageId: 'unlisted', data: { folder, room: unlisted.name } };
  if (layerOf(from) <= layerOf(to)) return undefined;
  return { messageId: 'upwards', data: { folder, from: from.name, to: to.name } };
}

/** The room of a file; undefined if the file isn't below the folder. */
function roomOf(folder, path) {
  const [name = '', ...rest] = relative(folder, path).split(sep);
  if (name === '..' || name === '') return undefined;
  return { name: rest.length === 0 ? name.replace(/\.ts$/, '') : name, isFolder: rest.length > 0 };
}
