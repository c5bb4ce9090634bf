import { describe, expect, it } from 'vitest';
import { planApply } from '../diff/plan.ts';
import { parseConfigText } from '../parse/config-text.ts';
import { replaceFilesByCopies } from './certificate-copies.ts';
import { lower, NO_NEEDS } from './lower.ts';

const COPY = `/etc/haproxy/kubefigurator/copies/${'a'.repeat(64)}.pem`;
const COPIES = new Map([['/ssl/a.pem', COPY]]);

describe('copies instead of certificate files', () => {
  it.each([
    ['on a bind', '  bind :443 ssl crt /ssl/a.pem alpn h2', `  bind :443 ssl crt ${COPY} alpn h2`],
    [
      'beside others',
      '  bind :443 ssl crt /ssl/b.pem crt /ssl/a.pem',
      `  bind :443 ssl crt /ssl/b.pem crt ${COPY}`,
    ],
    [
      'twice',
      '  bind :443 ssl default-crt /ssl/a.pem crt /ssl/a.pem',
      `  bind :443 ssl default-crt ${COPY} crt ${COPY}`,
    ],
    ['in quotes', '  bind :443 ssl crt "/ssl/a.pem"', `  bind :443 ssl crt ${COPY}`],
    ['not for another file', '  bind :443 ssl crt /ssl/a.pem.bak', '  bind :443 ssl crt /ssl/a.pem.bak'],
    [
      'not for another option',
      '  bind :443 ssl crt /ssl/b.pem ca-file /ssl/a.pem',
      '  bind :443 ssl crt /ssl/b.pem ca-file /ssl/a.pem',
    ],
    [
      'not in a comment',
      '  # service: a/b port: c certificate: /ssl/a.pem crt /ssl/a.pem',
      '  # service: a/b port: c certificate: /ssl/a.pem crt /ssl/a.pem',
    ],
    [
      'not on a server',
      '  server s 10.0.0.1:80 ssl crt /ssl/a.pem',
      '  server s 10.0.0.1:80 ssl crt /ssl/a.pem',
    ],
  ])('%s', (_what, line, expected) => {
    expect(replaceFilesByCopies(`frontend f\n${line}\n`, COPIES)).toBe(`frontend f\n${expected}\n`);
  });

  it('leave every line where it is', () => {
    const text = 'frontend f\n  bind :443 ssl crt /ssl/a.pem\n  default_backend b\n';
    const release = lower({ text, config: parseConfigText(text) }, '7', {
      ...{ needs: NO_NEEDS, copies: COPIES, refused: [] },
      lists: { place: '/ours', folders: new Map(), hash: (content) => content },
    });
    expect(release.text.split('\n')).toHaveLength(4);
    expect(release.portableLine({ file: undefined, line: 3 })).toBe(3);
  });

  it('need no reload, in either direction; any other difference does', () => {
    const parsed = (text: string) => ({ text, config: parseConfigText(text) }) as const;
    const own = parsed('frontend f\n  bind :443 ssl crt /ssl/a.pem\n');
    const copied = parsed(`frontend f\n  bind :443 ssl crt ${COPY}\n`);
    const other = parsed(`frontend f\n  bind :444 ssl crt ${COPY}\n`);
    const options = { runtime: true, copies: new Map([[COPY, '/ssl/a.pem']]) };
    expect(planApply(own, copied, options).kind).toBe('rewrite');
    expect(planApply(copied, own, options).kind).toBe('rewrite');
    expect(planApply(own, other, options).kind).toBe('reload');
    expect(planApply(own, copied, { runtime: true }).kind).toBe('reload');
  });
});
