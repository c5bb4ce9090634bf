import { parseConfigText } from '@kubefigurator/haproxy-config';
import { describe, expect, it } from 'vitest';
import { frontendLimitsToSet, parseFrontendLimits } from './frontend-limits.ts';

const INFO = 'Name: HAProxy\nMaxsock: 8042\nMaxconn: 4000\nHard_maxconn: 4000\nCurrConns: 1\n';
const STAT =
  '# pxname,svname,qcur,qmax,scur,smax,slim,stot,\nweb,FRONTEND,,,0,0,4000,0,\nsmall,FRONTEND,,,0,0,500,0,\n\n';
const config = parseConfigText(
  'frontend web\n  bind :80\nlisten own\n  bind :81\n  maxconn 3900\nfrontend small\n  bind :82\nfrontend new\n  bind :83\nbackend web\n',
);

describe('the share of a frontend', () => {
  it('is taken of the limits that HAProxy shows', () => {
    expect(parseFrontendLimits(INFO, STAT)).toEqual({
      process: 4000,
      frontends: new Map([
        ['web', 4000],
        ['small', 500],
      ]),
    });
  });

  it.each([
    ['no limit of the process', 'Name: HAProxy\n', STAT],
    ['a limit of zero', 'Maxconn: 0\n', STAT],
    ['no columns', INFO, 'Unknown command.\n'],
    ['nothing', '', ''],
  ])('is unknown if HAProxy says %s', (_what, info, stat) => {
    expect(parseFrontendLimits(info, stat)).toBeUndefined();
  });

  it.each([
    [90, 3600],
    [50, 2000],
    [1, 40],
  ])('of %i percent is %i, for frontends that may have more', (share, limit) => {
    const frontends = new Map([
      ['web', 4000],
      ['own', 3900],
      ['small', 30],
      ['stats-of-the-operator', 4000],
    ]);
    expect(frontendLimitsToSet(config, { process: 4000, frontends }, share)).toEqual([
      { frontend: 'web', limit },
    ]);
  });

  it('is at least one connection', () => {
    const shown = { process: 3, frontends: new Map([['web', 3]]) };
    expect(frontendLimitsToSet(config, shown, 10)).toEqual([{ frontend: 'web', limit: 1 }]);
  });
});
