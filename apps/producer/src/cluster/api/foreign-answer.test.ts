import { describe, expect, it } from 'vitest';
import { explainForeignAnswer, parseApiJson } from './foreign-answer.ts';

const url = new URL('https://api:6443/api/v1/nodes?limit=500');
const answer = { status: 200, headers: {}, body: '', url };

describe('explainForeignAnswer', () => {
  it.each([
    [
      { status: 302, headers: { location: 'https://sso/login?token=abcdef' } },
      'https://api:6443 answers with a redirect to https://sso/login, as an API server never does: it leads to a login page or to another server; correct `server` in the kubeconfig',
    ],
    [{ status: 307, headers: { location: '/ui' } }, 'a redirect to https://api:6443/ui, as'],
    [{ status: 308, headers: {} }, 'answers with a redirect, as'],
    [
      { status: 301, headers: { location: 'https://api/x' }, url: new URL('http://api/x') },
      'give https:// as `server` in the kubeconfig',
    ],
    [{ headers: { 'content-type': 'text/html; charset=utf-8' } }, 'with a web page instead of JSON'],
    [{ status: 404, body: '\n<!DOCTYPE html><title>x' }, 'correct `server` in the kubeconfig'],
    [{ status: 502, body: '<html>' }, 'a web page'],
    [{ status: 400, body: 'Client sent an HTTP request to an HTTPS server.\n' }, 'give https:// as `server`'],
  ])('explains %j, which no API server answers', (part, sentence) => {
    const told = explainForeignAnswer({ ...answer, ...part });
    expect(told).toContain(sentence);
    expect(told).not.toContain('abcdef');
  });

  it.each([
    { body: '{"kind":"Status"}', status: 403, headers: { 'content-type': 'application/json' } },
    { body: '404 page not found', status: 404, headers: { 'content-type': 'text/plain' } },
  ])('leaves %j alone, which an API server may answer', (part) => {
    expect(explainForeignAnswer({ ...answer, ...part })).toBeUndefined();
  });
});

it.each([
  ['<html>', 'answers with a web page instead of JSON'],
  ['tok-SECRET', 'answers /api/v1/nodes with something else than JSON: correct'],
  ['{"items":[', 'answers /api/v1/nodes with something else than JSON'],
])('parseApiJson refuses %s, and quotes nothing of it', (text, sentence) => {
  expect(() => parseApiJson(text, url)).toThrow(sentence);
  expect(() => parseApiJson(text, url)).not.toThrow('SECRET');
});
