// Bundles one program into dist/kubefigurator-<app>.cjs: an executable file that needs nothing but Node beside it.
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { licensesOf } from './licenses.mjs';

const app = process.argv[2];
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const outfile = join(root, 'dist', `kubefigurator-${app}.cjs`);
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/**
 * When etcd3 is imported, it reads files from the folder ../proto, which a bundle doesn't have beside it:
 * their definitions go into the bundle as JSON, which the same loader takes.
 */
const embedEtcdProtos = {
  name: 'embed-etcd-protos',
  setup(builder) {
    builder.onLoad({ filter: /etcd3[\\/]lib[\\/]connection-pool\.js$/ }, ({ path }) => {
      const protobuf = createRequire(path)('protobufjs');
      const proto = join(dirname(path), '..', 'proto', 'rpc.proto');
      const definition = new protobuf.Root().loadSync(proto, { keepCase: true }).toJSON();
      const source = readFileSync(path, 'utf8');
      const call = 'loadSync)(`${__dirname}/../proto/rpc.proto`,';
      if (!source.includes(call))
        throw new Error(`${path} no longer loads its protos the way this plugin replaces`);
      return {
        contents: source.replace(call, () => `fromJSON)(${JSON.stringify(definition)},`),
        loader: 'js',
      };
    });
  },
};

/**
 * How V8 uses memory; it reads these flags each time it uses them, so they count although the program already runs.
 * The consumer has little to do, on a machine whose memory is for HAProxy. Without its flags V8 lets such a program grow
 * to three times the memory it needs: a young generation of up to 48 MB, and an old one that is collected late.
 * The producer would be slower by a third with them; it only has its garbage collected once its heap has doubled, which
 * saves a fifth of its memory in a large cluster and is as fast.
 */
const MEMORY_FLAGS = {
  consumer: ['--optimize-for-size', '--semi-space-growth-factor=1'],
  producer: ['--heap-growing-percent=100'],
};
const flags = JSON.stringify(MEMORY_FLAGS[app]);
const setFlags = `for (const flag of ${flags}) require('node:v8').setFlagsFromString(flag);`;
const firstLines = ['#!/usr/bin/env node', "'use strict';", setFlags];

mkdirSync(dirname(outfile), { recursive: true });
const { metafile } = await build({
  entryPoints: [join(root, 'apps', app, 'src', 'main.ts')],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  banner: { js: firstLines.join('\n') },
  define: { __KUBEFIGURATOR_VERSION__: JSON.stringify(version) },
  loader: { '.ejs': 'text' },
  plugins: [embedEtcdProtos],
  metafile: true,
  logLevel: 'warning',
});
chmodSync(outfile, 0o755);
writeFileSync(outfile.replace(/\.cjs$/, '.meta.json'), JSON.stringify(metafile));
writeFileSync(outfile.replace(/\.cjs$/, '.licenses.txt'), licensesOf(root, metafile));
