import { OperatorError } from '@kubefigurator/daemon';
import { describe, expect, it } from 'vitest';
import { explainEtcdError, mayHaveBeenCarriedOut, mayBeFaultOfOneHost } from './explain-etcd-error.ts';

const context = { hosts: ['http://a:2379', 'http://b:2379'], key: '/key', user: 'consumer', action: 'read' };
const told = (words: string): OperatorError => explainEtcdError(new Error(words), context);

describe('explainEtcdError', () => {
  it.each([
    [
      '14 UNAVAILABLE: No connection established. Last error: connect ECONNREFUSED 127.0.0.1:1',
      'unreachable',
      'connection refused',
    ],
    [
      '14 UNAVAILABLE: Name resolution failed for target dns:x:2379',
      'unreachable',
      'the host name is not known',
    ],
    [
      '14 UNAVAILABLE: Connection dropped',
      'unreachable',
      'the connection ended, or nothing came over it any more',
    ],
    ['4 DEADLINE_EXCEEDED: Deadline exceeded after 5.0s', 'timeout', 'no answer in time'],
    ['14 UNAVAILABLE: etcdserver: no leader', 'no-leader', 'the etcd cluster has no leader'],
    ['14 UNAVAILABLE: etcdserver: request timed out', 'no-leader', "the etcd cluster can't agree"],
    [
      '7 PERMISSION_DENIED: etcdserver: permission denied',
      'denied',
      'permission denied for user consumer on key "/key"',
    ],
    [
      '3 INVALID_ARGUMENT: etcdserver: authentication failed, invalid user ID or password',
      'login',
      'wrong user or password (user consumer)',
    ],
    [
      '8 RESOURCE_EXHAUSTED: etcdserver: mvcc: database space exceeded',
      'no-space',
      "etcd's quota is full (NOSPACE)",
    ],
    ['3 INVALID_ARGUMENT: etcdserver: request is too large', 'too-large', 'the value is too large for etcd'],
    [
      '14 UNAVAILABLE: No connection established. Last error: self-signed certificate in certificate chain',
      'certificate',
      "etcd's certificate isn't from an authority we trust",
    ],
    ['14 UNAVAILABLE: Last error: certificate has expired', 'certificate', 'a certificate has expired'],
    [
      "14 UNAVAILABLE: Hostname/IP does not match certificate's altnames: Host: x.",
      'certificate',
      "etcd's certificate is for another name",
    ],
    ['2 UNKNOWN: something new', 'other', '2 UNKNOWN: something new'],
  ])('%s', (words, code, reason) => {
    const failure = told(words);
    expect(failure.message).toBe(`can't read "/key" in etcd at http://a:2379, http://b:2379: ${reason}`);
    expect(failure.code).toBe(code);
    if (code !== 'other') expect(failure.hint).toBeTypeOf('string');
  });

  it('leaves what is explained already', () => {
    const failure = new OperatorError('x');
    expect(explainEtcdError(failure, context)).toBe(failure);
  });

  it('knows when a write may have happened and when another host may help', () => {
    expect([
      mayHaveBeenCarriedOut(told('DEADLINE_EXCEEDED')),
      mayBeFaultOfOneHost(told('DEADLINE_EXCEEDED')),
    ]).toEqual([true, true]);
    expect([
      mayHaveBeenCarriedOut(told('permission denied')),
      mayBeFaultOfOneHost(told('permission denied')),
    ]).toEqual([false, false]);
    expect([
      mayHaveBeenCarriedOut(told('database space exceeded')),
      mayBeFaultOfOneHost(told('no leader')),
    ]).toEqual([false, true]);
  });
});
