import js from '@eslint/js';
import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';
import { downwardsOnly, ROOMS } from './tools/lint/rooms.mjs';

/**
 * The borders of docs/architecture.md, held by the build.
 * test/architecture plants one violation of each and expects this file to refuse it.
 */

const only = (name, where) => ({ name, message: `${name} belongs to ${where} only.` });
const packageBorders = [
  only('etcd3', 'libs/etcd-store'),
  only('pino', 'libs/daemon'),
  only('pino-pretty', 'libs/daemon'),
  only('prom-client', 'libs/daemon'),
  only('@kubernetes/client-node', 'apps/producer/src/cluster'),
];
const childProcess = ['child_process', 'node:child_process'].map((name) =>
  only(name, 'libs/daemon/src/exec.ts'),
);
const processModule = ['process', 'node:process'].map((name) => only(name, 'main.ts'));
const restrict = (...allowed) => ({
  'no-restricted-imports': [
    'error',
    {
      paths: [...packageBorders, ...childProcess, ...processModule].filter(
        (path) => !allowed.includes(path.name),
      ),
    },
  ],
});

const clockAndDice = [
  ['Date', 'now', 'The pure core has no clock.'],
  ['Math', 'random', 'The pure core has no dice.'],
].map(([object, property, message]) => ({ object, property, message }));
const localeRules = [
  {
    selector: "CallExpression[callee.property.name='localeCompare']",
    message: 'Order never depends on a locale: use compareText.',
  },
  { selector: "Identifier[name='Intl']", message: 'Order never depends on a locale: use compareText.' },
];
const newDate = {
  selector: "NewExpression[callee.name='Date'][arguments.length=0]",
  message: 'The pure core has no clock.',
};

const pureLibs = ['libs/config-model', 'libs/haproxy-config', 'libs/translator', 'libs/rollout'];
const projectBorders = [
  { sourceTag: 'layer:core', onlyDependOnLibsWithTags: ['layer:core'] },
  {
    // Both apps use these libs: what the consumer must never reach, it must not reach through them either.
    sourceTag: 'layer:io',
    onlyDependOnLibsWithTags: ['layer:core', 'layer:io'],
    bannedExternalImports: ['@kubernetes/client-node', 'ejs'],
  },
  { sourceTag: 'layer:app', onlyDependOnLibsWithTags: ['layer:core', 'layer:io'] },
  { sourceTag: 'layer:test', onlyDependOnLibsWithTags: ['layer:core', 'layer:io'] },
  // What is run at build time reads the tables of both programs; neither a lib nor an app may depend on it.
  { sourceTag: 'layer:tools', onlyDependOnLibsWithTags: ['layer:core', 'layer:io', 'layer:app'] },
  { sourceTag: 'scope:shared', onlyDependOnLibsWithTags: ['scope:shared'] },
  { sourceTag: 'scope:producer', onlyDependOnLibsWithTags: ['scope:producer', 'scope:shared'] },
  {
    sourceTag: 'scope:consumer',
    onlyDependOnLibsWithTags: ['scope:consumer', 'scope:shared'],
    bannedExternalImports: ['@kubernetes/client-node', 'ejs'],
  },
  {
    sourceTag: 'scope:tools',
    onlyDependOnLibsWithTags: ['scope:producer', 'scope:consumer', 'scope:shared'],
  },
  { sourceTag: 'scope:test', onlyDependOnLibsWithTags: ['scope:producer', 'scope:consumer', 'scope:shared'] },
];
/** What the pure libs may take from npm; their tests may take more. */
const npmBorders = [
  { sourceTag: 'npm:none', allowedExternalImports: [] },
  { allSourceTags: ['layer:core', 'scope:shared'], allowedExternalImports: ['ipaddr.js'] },
  { allSourceTags: ['layer:core', 'scope:producer'], allowedExternalImports: ['ipaddr.js', 'ejs'] },
];
const moduleBoundaries = (depConstraints) => ({
  '@nx/enforce-module-boundaries': ['error', { banTransitiveDependencies: true, allow: [], depConstraints }],
});

const tests = ['**/*.test.ts', 'test/**/*.ts', '**/testing/**/*.ts'];

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '**/.nx/**'] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { '@nx': nx },
    rules: {
      ...moduleBoundaries([...projectBorders, ...npmBorders]),
      ...restrict(),
      'no-restricted-globals': ['error', { name: 'process', message: 'process.* belongs to main.ts only.' }],
      'no-restricted-syntax': ['error', ...localeRules],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/explicit-function-return-type': ['error', { allowExpressions: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      'no-control-regex': 'off',
      complexity: ['error', 10],
      'max-depth': ['error', 3],
      'max-params': ['error', 4],
      'max-lines': ['error', 300],
    },
  },
  {
    files: pureLibs.map((lib) => `${lib}/src/**/*.ts`),
    ignores: tests,
    rules: {
      'no-restricted-properties': ['error', ...clockAndDice],
      'no-restricted-syntax': ['error', ...localeRules, newDate],
    },
  },
  {
    files: ['{apps,libs}/*/src/**/*.ts'],
    ignores: tests,
    plugins: { rooms: { rules: { 'downwards-only': downwardsOnly } } },
    rules: { 'rooms/downwards-only': ['error', ROOMS] },
  },
  { files: ['libs/etcd-store/src/**/*.ts'], rules: restrict('etcd3') },
  { files: ['libs/daemon/src/**/*.ts'], rules: restrict('pino', 'pino-pretty', 'prom-client') },
  { files: ['libs/daemon/src/exec.ts'], rules: restrict('child_process', 'node:child_process') },
  { files: ['apps/producer/src/cluster/**/*.ts'], rules: restrict('@kubernetes/client-node') },
  {
    files: ['apps/*/src/main.ts'],
    rules: { ...restrict('process', 'node:process'), 'no-restricted-globals': 'off' },
  },
  {
    files: tests,
    rules: {
      ...moduleBoundaries(projectBorders),
      'no-restricted-imports': 'off',
      'no-restricted-globals': 'off',
      'no-restricted-syntax': 'off',
      'no-restricted-properties': 'off',
    },
  },
  { files: ['**/*.mjs'], languageOptions: { globals: { process: 'readonly', console: 'readonly' } } },
);
