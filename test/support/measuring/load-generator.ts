/** The process of a load: sends requests at a fixed rate; anything but a 200 of the right node port is a failure. */
import type { ClientRequest, IncomingMessage } from 'node:http';
import { Agent, request } from 'node:http';
import { Agent as TlsAgent, request as requestOverTls } from 'node:https';
import type { LoadPlan, LoadReport, LoadTarget } from './load-protocol.ts';
import type { EchoAnswer } from '../fleet/nodes-protocol.ts';

const TICK_MS = 5;
const MOST_FAILURES = 20;
const KEPT = { keepAlive: true, maxSockets: 8, scheduling: 'fifo' } as const;
const kept = new Agent(KEPT);
const keptOverTls = new TlsAgent(KEPT);
const latencies: number[] = [];
const failures: string[] = [];
const counts = { sent: 0, keepAlive: 0, closing: 0, failed: 0, done: 0 };

function send(target: LoadTarget, keepAlive: boolean, limitMs: number): void {
  const started = performance.now();
  let over = false;
  const end = (problem?: string): void => {
    if (over) return;
    over = true;
    counts.done += 1;
    latencies.push(performance.now() - started);
    if (problem === undefined) return;
    counts.failed += 1;
    const kind = keepAlive ? 'keep-alive' : 'closing';
    if (failures.length < MOST_FAILURES)
      failures.push(`${target.host} at ${target.address}, ${kind}: ${problem}`);
  };
  const sent = open(target, { keepAlive, limitMs }, (response) => {
    let body = '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => (body += chunk));
    response.on('error', (error) => {
      end(error.message);
    });
    response.on('end', () => {
      end(judge(target, response.statusCode ?? 0, body));
    });
  });
  sent.on('timeout', () => sent.destroy(new Error(`no answer within ${String(limitMs)} ms`)));
  sent.on('error', (error: NodeJS.ErrnoException) => {
    end(error.code ?? error.message);
  });
  sent.end();
  counts.sent += 1;
  counts[keepAlive ? 'keepAlive' : 'closing'] += 1;
}

function open(
  { address, port, host, ca }: LoadTarget,
  { keepAlive, limitMs }: { readonly keepAlive: boolean; readonly limitMs: number },
  onResponse: (response: IncomingMessage) => void,
): ClientRequest {
  const options = { host: address, port, headers: { host }, timeout: limitMs };
  if (ca === undefined) return request({ ...options, agent: keepAlive ? kept : false }, onResponse);
  const agent = keepAlive ? keptOverTls : false;
  return requestOverTls({ ...options, ca, servername: host, agent }, onResponse);
}

function judge(target: LoadTarget, status: number, body: string): string | undefined {
  if (status !== 200) return `status ${String(status)}`;
  const answer = parseAnswer(body);
  if (answer === undefined) return `an answer of no server of ours: ${body.slice(0, 60)}`;
  const { port, host } = answer;
  return port === target.nodePort && host === target.host
    ? undefined
    : `answered by ${host}, node port ${String(port)}`;
}

function parseAnswer(body: string): EchoAnswer | undefined {
  try {
    return JSON.parse(body) as EchoAnswer;
  } catch {
    return undefined;
  }
}

function report(): LoadReport {
  const sorted = latencies.toSorted((a, b) => a - b);
  return {
    ...counts,
    failures,
    slowestMs: sorted.at(-1) ?? 0,
    p99Ms: sorted[Math.floor(sorted.length * 0.99)] ?? 0,
  };
}

function run(plan: LoadPlan): void {
  const started = performance.now();
  let due = 0;
  let stopping = false;
  let announced = false;
  const timer = setInterval(() => {
    const wanted = Math.floor(((performance.now() - started) * plan.perSecond) / 1000);
    // Each target in turn gets two requests: one over a kept connection, one over a new one.
    while (due < wanted && !stopping) {
      const target = plan.targets[Math.floor(due / 2) % plan.targets.length];
      if (target !== undefined) send(target, due % 2 === 0, plan.limitMs);
      due += 1;
    }
    if (!announced && counts.done > 0) {
      announced = true;
      process.send?.(report());
    }
    if (stopping && counts.done === counts.sent) {
      clearInterval(timer);
      process.send?.(report());
    }
  }, TICK_MS);
  process.on('message', (message: unknown) => {
    stopping ||= message === 'stop';
  });
}

process.once('message', (plan: LoadPlan) => {
  run(plan);
});
