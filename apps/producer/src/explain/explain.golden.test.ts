import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expectFile } from '@kubefigurator/translator/testing';
import { describe, expect, it } from 'vitest';
import type { Explanation } from './explanation.ts';
import type { Facts } from './facts.ts';
import { explainNode } from './node.ts';
import { parseRequestUrl } from './parse-request.ts';
import { renderExplanation } from './render/render.ts';
import { explainRequest } from './request.ts';
import { explainService } from './service.ts';
import { caseDocument, observedFrom } from './testing/observed.ts';

/**
 * A case is `<case>.in.yaml`: a comment with its reason, manifests, and a document with what is explained and what hosts say.
 * If there is a `<case>.standing.cfg`, it is the text in etcd; else that is what the manifests give.
 */
const FOLDER = join(import.meta.dirname, 'golden');
const files = readdirSync(FOLDER).sort();
const cases = files
  .filter((file) => file.endsWith('.in.yaml'))
  .map((file) => file.slice(0, -'.in.yaml'.length));

/** One of each kind: what programs read is a promise. */
const IN_JSON = new Set([
  'missing-certificate',
  'port-conflict',
  'node',
  'request-wildcard',
  'held-publication',
]);

function ask(facts: Facts, question: string): Explanation {
  const [subject, name = ''] = question.split(' ');
  if (subject === 'node') return explainNode(facts, name);
  if (subject === 'service') {
    const [namespace = '', service = ''] = name.split('/');
    return explainService(facts, { namespace, name: service });
  }
  const request = parseRequestUrl(name);
  if (!('value' in request)) throw new Error(`${question} ${request.reason}`);
  return explainRequest(facts, request.value);
}

describe.each(cases)('golden %s', (name) => {
  const input = readFileSync(join(FOLDER, `${name}.in.yaml`), 'utf8');
  const standing = `${name}.standing.cfg`;
  const facts = observedFrom(
    input,
    files.includes(standing) ? readFileSync(join(FOLDER, standing), 'utf8') : undefined,
  );
  const explanation = ask(facts, caseDocument(input).explain ?? '');

  it('begins with a comment that says what the case is for', () => expect(input).toMatch(/^# \S.{10,}\n/));
  it('tells it', () => expectFile(join(FOLDER, `${name}.out.txt`), renderExplanation(explanation, 'text')));
  if (IN_JSON.has(name))
    it('tells it in JSON', () => {
      expectFile(join(FOLDER, `${name}.out.json`), renderExplanation(explanation, 'json'));
    });
});

it('every file belongs to a case', () => {
  const known = new Set(
    cases.flatMap((name) => [
      ...['in.yaml', 'standing.cfg', 'out.txt'].map((end) => `${name}.${end}`),
      ...(IN_JSON.has(name) ? [`${name}.out.json`] : []),
    ]),
  );
  expect(files.filter((file) => !known.has(file))).toEqual([]);
});
