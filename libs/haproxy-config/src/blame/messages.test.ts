import { describe, expect, it } from 'vitest';
import { parseConfigText } from '../parse/config-text.ts';
import { blameMessages } from './messages.ts';

const config = parseConfigText(`# header
# service: shop/web port: http
# service: shop/api port: http
frontend a
  # service: shop/api port: http certificate: /ssl/api.pem
  # service: shop/web port: http certificate: /ssl/web.pem
  bind :443 ssl crt /ssl/api.pem crt /ssl/web.pem
  # service: shop/web port: http
  use_backend nope if TRUE
  # service: shop/api port: http
  use_backend api if TRUE

# service: shop/api port: http
backend api
  balance foo
`);
const web = { namespace: 'shop', service: 'web', port: 'http' };
const api = { namespace: 'shop', service: 'api', port: 'http' };
const names = { file: '/etc/haproxy/.dynamic.cfg.candidate', shownFile: '/etc/haproxy/dynamic.cfg' };

function blameOf(...messages: string[]): unknown {
  return blameMessages(messages.join('\n'), { config }, names).map((blame) => blame.sources);
}

describe('blameMessages (messages as HAProxy 2.6.12 prints them)', () => {
  it('finds the Service by the line', () => {
    expect(
      blameOf(
        '[NOTICE]   (13970) : haproxy version is 2.6.12-1',
        `[ALERT]    (13970) : config : parsing [${names.file}:15] : balance only supports 'roundrobin'.`,
        '[ALERT]    (13970) : config : Fatal errors found in configuration.',
      ),
    ).toEqual([[api]]);
  });

  it('finds the one Service whose certificate is missing on a shared bind', () => {
    expect(
      blameOf(
        `[ALERT]    (1) : config : parsing [${names.file}:7] : 'bind :443' in section 'frontend' : unable to stat SSL certificate from file '/ssl/web.pem' : No such file or directory.`,
      ),
    ).toEqual([[web]]);
  });

  it('finds the Service of a rule without a line in the message', () => {
    expect(
      blameOf("[ALERT]    (1) : config : Proxy 'a': unable to find required use_backend: 'nope'."),
    ).toEqual([[web]]);
  });

  it('shows the live file instead of the candidate, and blames no Service for an error in the base file', () => {
    const [blame] = blameMessages(`[ALERT] (1) : config : [${names.file}:15] : 'x'`, { config }, names);
    expect(blame?.message).toBe("[/etc/haproxy/dynamic.cfg:15] : 'x'");
    expect(
      blameOf("[ALERT]    (1) : config : parsing [/etc/haproxy/haproxy.cfg:3] : unknown keyword 'x'"),
    ).toEqual([[]]);
  });

  it('keeps output that is no alert', () => {
    expect(blameMessages('Segmentation fault', { config }, names)).toEqual([
      { sources: [], message: 'Segmentation fault' },
    ]);
    expect(blameMessages('', { config }, names)[0]?.message).toContain('without a word');
  });

  describe('about a certificate of a list', () => {
    const list = {
      name: `${'a'.repeat(64)}.crt-list`,
      content: '/ssl/api.pem\n/ssl/notes.txt\n/ssl/web.pem\n',
    };
    const inList = parseConfigText(
      [
        '# service: shop/web port: http',
        '# service: shop/api port: http',
        'frontend a',
        '  # service: shop/api port: http certificate: /ssl/api.pem',
        '  # service: shop/web port: http certificate: /ssl/web.pem',
        `  bind :443 ssl crt /ssl/default.pem crt-list /ours/${list.name}`,
        '',
      ].join('\n'),
    );
    const at = `[ALERT]    (1) : config : parsing [${names.file}:6] : 'bind :443' in section 'frontend' :`;
    const about = (message: string): unknown =>
      blameMessages(`${at} ${message}`, { config: inList, files: [list] }, names);
    const place = `error processing line 1 in file '/ours/${list.name}' :`;

    it.each([
      ['2.6', "'crt-list' : unable to load certificate from file '/ssl/api.pem'."],
      [
        '3.0 and 3.2',
        `\n  'crt-list' : ${place} unable to load certificate from file '/ssl/api.pem': no start line.\n  unable to load SSL private key into SSL Context '/ssl/api.pem': passed a null parameter.`,
      ],
      [
        '2.6',
        "'crt-list' : unable to stat SSL certificate from file '/ssl/api.pem' : No such file or directory.",
      ],
      ['2.6', "'crt-list' : No Private Key found in '/ssl/api.pem.key'."],
      [
        '3.0 and 3.2',
        `\n  'crt-list' : ${place} No Private Key found in '/ssl/api.pem.key'.\n  unable to load SSL private key into SSL Context '/ssl/api.pem': passed a null parameter.`,
      ],
      ['2.6', "'crt-list' : inconsistencies between private key and certificate loaded '/ssl/api.pem'."],
      [
        'all',
        `'crt-list' : ${place}  '/ssl/api.pem.ocsp' is present and activates OCSP but it is impossible to compute the OCSP certificate ID (maybe the issuer could not be found)'.`,
      ],
    ])('names the Service that asked for it: %s, %s', (_versions, message) => {
      expect(about(message)).toEqual([
        {
          sources: [api],
          message: expect.not.stringContaining('crt-list'.concat("'", ' : error')) as string,
        },
      ]);
      expect(JSON.stringify(about(message))).not.toContain(list.name);
    });

    it('names all Services whose certificates one message is about', () => {
      const message =
        "\n  'crt-list' : unable to load certificate from file '/ssl/api.pem': no start line.\n  unable to stat SSL certificate from file '/ssl/web.pem' : No such file or directory.";
      expect(about(message)).toMatchObject([{ sources: [web, api].reverse() }]);
    });

    it.each(['notes.txt', 'default.pem'])('names the file if no Service asked for it: %s', (name) => {
      const message = `unable to load certificate from file '/ssl/${name}'.`;
      expect(about(message)).toMatchObject([{ sources: [], file: { folder: '/ssl', name } }]);
    });

    it.each(['x.pem', 'x.pem.key'])('names the Services that asked for its folder, as of %s', (quoted) => {
      const file = { name: list.name, content: '/ssl/many/x.pem\n/ssl/many/y.pem\n' };
      const comments = ['fold', 'other', 'deep'].map((service, index) => {
        const certificate = ['/ssl/many', '/ssl/a.pem', '/ssl'][index] ?? '';
        return `  # service: team/${service} port: web certificate: ${certificate}\n`;
      });
      const text = `frontend f\n${comments.join('')}  bind :443 ssl crt-list /ours/${list.name}\n`;
      const stderr = `[ALERT] (1) : config : parsing [${names.file}:5] : 'bind :443' : No Private Key found in '/ssl/many/${quoted}'.\n`;
      expect(blameMessages(stderr, { config: parseConfigText(text), files: [file] }, names)).toMatchObject([
        {
          sources: [{ namespace: 'team', service: 'fold', port: 'web' }],
          shared: true,
          file: { folder: '/ssl/many', name: 'x.pem' },
        },
      ]);
    });

    it('names no file that is not on the line or in its list', () => {
      expect(about("unable to load CA file '/ssl/ca.pem'.")).toMatchObject([{ shared: true }]);
    });
  });

  it('reads the indented lines on which a newer version continues a message', () => {
    const [blame] = blameMessages(
      [
        `[ALERT]    (1) : config : parsing [${names.file}:7] : 'bind :443' in section 'frontend' : `,
        "  'crt-list' : unable to load certificate from file '/ssl/web.pem': bad end line.",
        '  unable to load SSL private key',
        '[ALERT]    (1) : config : Fatal errors found in configuration.',
      ].join('\n'),
      { config },
      names,
    );
    expect(blame?.sources).toEqual([web]);
    expect(blame?.message).toContain('private key');
  });

  it.each([
    // What HAProxy 2.6, 3.0 and 3.2 say about the files beside a certificate.
    ["No Private Key found in '/ssl/web.pem.key'.", '/ssl/web.pem'],
    ["'/ssl/web.pem.ocsp' is present and activates OCSP but it is impossible to …'.", '/ssl/web.pem'],
    ["'/ssl/web.pem.sctl.sctl' is present but cannot be read or parsed'.", '/ssl/web.pem'],
    ["inconsistencies between private key and certificate loaded '/ssl/web.pem.rsa'.", '/ssl/web.pem'],
    // What another Service may name so that the message resembles the certificate of this one.
    [
      "unable to stat SSL certificate from file '/ssl/web.pem.x' : No such file or directory.",
      '/ssl/web.pem.x',
    ],
    [
      "unable to stat SSL certificate from file '/ssl/web.pem+' : No such file or directory.",
      '/ssl/web.pem+',
    ],
    ["unable to load certificate from file '/ssl/web.pem.key'.", '/ssl/web.pem.key'],
    ["unable to stat SSL certificate from file '/ssl/ssl/web.pem' : No such …", '/ssl/ssl/web.pem'],
    [
      "unable to stat SSL certificate from file '/ssl/x/ssl/web.pem.pem' : No such …",
      '/ssl/x/ssl/web.pem.pem',
    ],
  ])('%s blames only the Service that named %s', (message, expected) => {
    const others = [
      '/ssl/web.pem.x',
      '/ssl/web.pem+',
      '/ssl/web.pem.key',
      '/ssl/ssl/web.pem',
      '/ssl/x/ssl/web.pem.pem',
    ];
    // A Service that names the very path that HAProxy quotes would be blamed, so only the expected one may name it.
    const files = ['/ssl/web.pem', ...others].filter(
      (file) => file === expected || !message.includes(`'${file}'`),
    );
    const sources = files.map((certificate, index) => ({ ...web, service: `s${index}`, certificate }));
    const comments = sources.map(
      ({ service, certificate }) => `  # service: shop/${service} port: http certificate: ${certificate}`,
    );
    const text = ['frontend a', ...comments, `  bind :443 ssl crt ${files.join(' crt ')}`, ''].join('\n');
    const at = `[ALERT]    (1) : config : parsing [${names.file}:${comments.length + 2}] : 'bind :443' in section 'frontend' : `;
    const [blame] = blameMessages(`${at}${message}`, { config: parseConfigText(text) }, names);
    expect(blame?.sources).toEqual([
      { ...web, service: sources.find(({ certificate }) => certificate === expected)?.service },
    ]);
  });
});
