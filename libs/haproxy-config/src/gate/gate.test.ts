import { CONFIG_HEADER } from '@kubefigurator/config-model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createGate, type Verdict } from './gate.ts';
import { gate, good, settings } from './testing/sample-gate.ts';

describe('gate', () => {
  it('accepts what the producer writes, and adds a missing last newline', () => {
    expect(gate(good, settings).kind).toBe('accepted');
    expect(gate(good.trimEnd(), settings)).toMatchObject({ kind: 'accepted', text: good });
  });

  it('accepts a text put by hand, indented or not, and CRLF', () => {
    expect(gate('listen x\nbind :8080\nmode tcp\nserver a 10.0.0.1:80\n', settings).kind).toBe('accepted');
    expect(gate('listen x\r\n  bind :8080\r\n  server a 10.0.0.1:80\r\n', settings).kind).toBe('accepted');
  });

  it('accepts a text that is the header alone, and calls one without header and lines blank', () => {
    expect(gate(CONFIG_HEADER, settings)).toMatchObject({ kind: 'accepted', text: `${CONFIG_HEADER}\n` });
    for (const blank of ['', '\n', '  \n\t\n', '# nothing here\n']) {
      expect(gate(blank, settings)).toEqual({ kind: 'blank' });
    }
  });

  it('refuses sections that are not for a published text, unless the host allows them', () => {
    for (const keyword of [
      'global',
      'defaults',
      'program',
      'userlist',
      'resolvers',
      'peers',
      'cache',
      'ring',
    ]) {
      const text = `${good}\n${keyword} x\n`;
      const verdict = gate(text, settings);
      expect(verdict).toMatchObject({ kind: 'refused', blame: [{ sources: [] }] });
      expect(JSON.stringify(verdict)).toContain(`--allow-section ${keyword}`);
      expect(gate(text, { ...settings, allowSections: [keyword] }).kind).toBe('accepted');
    }
  });

  /** HAProxy 2.6 and 3.0 don't open a section with such a line, and say nothing about it if no line follows. */
  it.each([
    'backend b id',
    'backend b ""',
    'frontend f 127.0.0.1:80',
    'listen l :80 from d',
    'backend b from d x',
    'backend b from',
  ])('refuses %s, with a word behind the name that HAProxy does not take', (head) => {
    expect(gate(`${good}\n${head}\n`, settings)).toMatchObject({ kind: 'refused' });
  });

  it.each(['backend b from d', 'backend b # from d x', 'backend b\t'])('accepts %s', (head) => {
    expect(gate(`${good}\n${head}\n`, settings)).toMatchObject({ kind: 'accepted' });
  });

  /** HAProxy warns, and listens; neither the limit of binds nor the look at ports would count it. */
  it.each(['bind :81', 'bind 127.0.0.1:1-9999', "'bind' :81 transparent", '\tbi"nd" :81'])(
    'refuses %s in a backend',
    (line) => {
      expect(gate(`${good}${line}\n`, settings)).toMatchObject({ kind: 'refused' });
      expect(gate(good.replace('  bind *:80', `  bind *:80\n${line}`), settings).kind).toBe('accepted');
    },
  );

  it.each([
    '  disabled\n  use-server a if { path /a }',
    '  use-server a unless { src 10.0.0.1 }\n  disabled',
    "  'disabled'\n  use-server a if { nbsrv(web) gt 1 }",
    '  disabled # for now\n  enabled\n  use-"server" a if TRUE',
  ])('refuses %j, which ends HAProxy', (lines) => {
    expect(gate(`${good}${lines}\n`, settings)).toMatchObject({ kind: 'refused' });
  });

  it('accepts a disabled section, and use-server in another one', () => {
    const other = 'backend x\n  use-server a if { path /a }\n  server a 10.0.0.1:80\n';
    expect(gate(`${good}  disabled\n${other}`, settings)).toMatchObject({ kind: 'accepted' });
  });

  it('names the Service a refused line belongs to', () => {
    expect(gate(good.replace('check', 'check ssl ca-file /etc/shadow'), settings)).toMatchObject({
      kind: 'refused',
      blame: [
        {
          sources: [{ namespace: 'shop', service: 'web', port: 'http' }],
          message:
            'line 13: file "/etc/shadow": a published text may name files below /etc/haproxy/ssl only (--certificate-dir)',
        },
      ],
    });
  });

  it('refuses a text without binds, lines outside of sections, control characters and too much text', () => {
    const backend = good.slice(good.indexOf('backend web'));
    expect(gate(backend, settings)).toMatchObject({ kind: 'refused' });
    expect(gate(`bind :80\n${good}`, settings)).toMatchObject({ kind: 'refused' });
    for (const char of ['\u0000', '\u0007', '\ufeff', '\u000b', '\u009b', 'a\rb']) {
      expect(gate(`${good}# ${char}\n`, settings)).toMatchObject({ kind: 'refused' });
    }
    expect(gate(good, { ...settings, maxLength: 10 })).toMatchObject({ kind: 'refused' });
  });

  it('shows no control character of a text in its findings', () => {
    const verdict = gate(`${good}  server x "/\\n\\x1b[2J"\n`, settings);
    expect(verdict.kind).toBe('refused');
    expect(JSON.stringify(verdict)).not.toMatch(/[\u0000-\u001f]/);
    if (verdict.kind === 'refused') expect(verdict.blame[0]?.message).not.toMatch(/[\u0000-\u001f]/);
  });

  it('in a section of --allow-section takes directives of its own, and refuses code, files and sockets', () => {
    const own = { ...settings, allowSections: ['resolvers'] };
    expect(gate(`${good}\nresolvers r\n  nameserver a 10.0.0.1:53\n`, own).kind).toBe('accepted');
    for (const line of [
      'command /bin/sh',
      'pidfile /etc/passwd',
      'namespace_list /run/x',
      'lua-load /tmp/x',
      'nameserver a unix@/run/x',
      'backing-file /etc/passwd',
      'crt-base /',
      'load crt /etc/shadow',
      'default log /run/x',
    ]) {
      expect(gate(`${good}\nresolvers r\n  ${line}\n`, own).kind).toBe('refused');
    }
  });

  it('gives the sections in which nothing is wrong, if only lines are wrong and each was judged', () => {
    const soundOf = (text: string): readonly string[] | undefined => {
      const verdict = gate(text, settings);
      return verdict.kind === 'refused' ? verdict.sound?.config.sections.map(({ name }) => name) : [];
    };
    const more = `${good}\nbackend more\n  server m 10.0.0.2:80\n`;
    const wrong = '  errorfile 503 /etc/passwd\n';
    expect(soundOf(`${more}${wrong}`)).toEqual(['k8s-service_all_80_listen', 'web']);
    expect(soundOf(`${more}${wrong.repeat(19)}`)).toEqual(['k8s-service_all_80_listen', 'web']);
    expect(soundOf(more.replace('  bind', `${wrong}  bind`))).toEqual(['web', 'more']);
    expect(soundOf(more.replace('backend more', 'backend more x'))).toEqual([
      'k8s-service_all_80_listen',
      'web',
    ]);
    for (const text of [
      `${more}${wrong.repeat(20)}`,
      `${more}${wrong}global\n`,
      `${more}${wrong}\u0000`,
      `lua-load x\n${more}`,
      more.replace('bind', 'description'),
    ])
      expect(soundOf(text)).toBeUndefined();
  });

  it('stops listing after twenty findings', () => {
    const verdict = gate(`${good}${'  external-check path x\n'.repeat(1000)}`, settings);
    expect(verdict.kind === 'refused' && verdict.blame.length).toBe(20);
  });

  it('quotes long words of a text in part only', () => {
    const long = 'a.'.repeat(5_000);
    for (const line of [`server x ${long}`, `server x 10.0.0.1:80 ssl ca-file /${long}`, `bind ${long}`]) {
      const verdict = gate(`${good}  ${line}\n`, settings);
      expect(verdict.kind).toBe('refused');
      if (verdict.kind === 'refused') expect(JSON.stringify(verdict.blame).length).toBeLessThan(1_000);
    }
  });

  it('given a known text, gives the same verdict on it, and judges changed and new sections', () => {
    const gateOfHost = createGate(settings);
    const first = gateOfHost(good);
    const known = first.kind === 'accepted' ? first.config : undefined;
    expect(gateOfHost(good, known)).toEqual(first);
    expect(gateOfHost(good.replace('check', 'check ca-file /etc/shadow'), known)).toMatchObject({
      kind: 'refused',
    });
    expect(gateOfHost(`${good}\nglobal\n  lua-load x\n`, known)).toMatchObject({ kind: 'refused' });
  });

  it('judges a text beside any known text as it does alone', () => {
    const sound = [
      'server a 10.0.0.1:80',
      'http-request deny',
      'use_backend x if { path /a }',
      'mode http',
      "monitor-uri '/$X'",
    ];
    const others = [
      ...['bind :8080', 'server "a" 10.0.0.1:80', "server 'a 10.0.0.1:80", 'server a "$HOME"', 'lua-load x'],
      ...['server a 127.0.0.1:80', 'server a 10.0.0.1:80 ca-file /etc/shadow', 'http-request deny # why'],
      ...[
        'http-request\\ deny',
        'http-request "den\\x01y"',
        'use_backend x if { path "/a" }',
        'http-request "deny',
        'monitor-uri "/$X"',
      ],
    ];
    const head = fc.constantFrom('frontend x', 'backend x', 'frontend y', 'listen x');
    const textOf = (lines: readonly string[]): fc.Arbitrary<string> =>
      fc
        .array(fc.tuple(head, fc.array(fc.constantFrom(...lines))), { maxLength: 4 })
        .map((all) => all.map(([first, more]) => [first, ...more].join('\n  ')))
        .map((sections) => ['frontend x\n  bind :8080', ...sections, ''].join('\n\n'));
    const gateOfHost = createGate(settings);
    fc.assert(
      fc.property(textOf(sound), textOf([...sound, ...others]), (before, after) => {
        const first = gateOfHost(before);
        if (first.kind !== 'accepted') throw new Error(`not accepted: ${before}`);
        const beside = gateOfHost(after, first.config);
        const alone = gateOfHost(after);
        expect([beside.kind, blameOf(beside)]).toEqual([alone.kind, blameOf(alone)]);
      }),
      { numRuns: 1_000 },
    );
  });
});

function blameOf(verdict: Verdict): unknown {
  return verdict.kind === 'refused' ? verdict.blame : [];
}
