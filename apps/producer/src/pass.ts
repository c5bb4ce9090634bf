import type { EventFields, Logger } from '@kubefigurator/daemon';
import type { ClusterSnapshot, Diagnostic, TranslatorSettings } from '@kubefigurator/translator';
import { type Compilation, compile, type RunStage } from './compile.ts';
import type { DiagnosticsLog } from './diagnostics.ts';
import type { ProducerMetrics } from './metrics.ts';
import type { Publication, Publisher } from './publish/publisher.ts';

export interface PassOptions {
  /** Undefined as long as not everything has been seen. */
  readonly snapshot: () => ClusterSnapshot | undefined;
  readonly settings: TranslatorSettings;
  readonly publisher: Publisher;
  readonly metrics: ProducerMetrics;
  readonly diagnosticsLog: DiagnosticsLog;
  /** Tells the objects' owners, once the text is published; must not throw or take time. */
  readonly announce: (diagnostics: readonly Diagnostic[]) => void;
  readonly log: Logger;
}

/** What can start a pass: records of the cluster, the key in etcd, or a signal to read everything again. */
export type Trigger = 'cluster' | 'etcd' | 'reload';

/** One pass: from what is known now to what etcd holds. */
export interface Pass {
  readonly run: (triggers: ReadonlySet<Trigger>) => Promise<void>;
  /** Says that etcd may hold something else than the newest snapshot means. */
  readonly outdated: () => void;
  readonly inSync: () => boolean;
}

export function createPass(options: PassOptions): Pass {
  const { publisher, metrics, log } = options;
  /** Counts what made the published text doubtful. */
  let doubts = 1;
  let settled = 0;

  async function run(triggers: ReadonlySet<Trigger>): Promise<void> {
    const reason = [...triggers].join(', ');
    const snapshot = options.snapshot();
    // A part of the cluster is never taken for the whole.
    if (snapshot === undefined) return log.debug({ reason }, 'pass.postponed');
    const started = performance.now();
    const doubtsBefore = doubts;
    try {
      const compilation = compile(snapshot, options.settings, measure);
      report(compilation);
      const publication = await publish(compilation.text);
      settled = doubtsBefore;
      metrics.passes.add(1, { result: 'ok' });
      log.info(
        { reason, ...fieldsOf(compilation, publication), milliseconds: since(started) },
        'pass.completed',
      );
      options.announce(compilation.diagnostics);
    } catch (error) {
      metrics.passes.add(1, { result: 'failed' });
      throw error;
    }
  }

  const measure: RunStage = (stage, work) => {
    const started = performance.now();
    try {
      return work();
    } finally {
      metrics.stageSeconds.observe((performance.now() - started) / 1000, { stage });
    }
  };

  function report({ diagnostics, summary }: Compilation): void {
    options.diagnosticsLog.report(diagnostics);
    metrics.setDiagnostics(diagnostics);
    metrics.objects.set(summary.services, { kind: 'Service' });
    metrics.objects.set(summary.nodes, { kind: 'Node' });
  }

  async function publish(text: string): Promise<Publication> {
    const started = performance.now();
    try {
      const publication = await publisher.publish(text);
      metrics.publications.add(1, { result: publication.kind });
      metrics.revision.set(Number(publication.revision));
      metrics.textBytes.set(publication.bytes);
      return publication;
    } catch (error) {
      metrics.publications.add(1, { result: 'failed' });
      throw error;
    } finally {
      metrics.stageSeconds.observe((performance.now() - started) / 1000, { stage: 'publish' });
    }
  }

  return {
    run,
    outdated: () => void (doubts += 1),
    inSync: () => settled === doubts,
  };
}

function fieldsOf(
  { summary }: Compilation,
  { kind, revision, bytes }: Publication,
): EventFields<'pass.completed'> {
  return { result: kind, revision, bytes, ...summary };
}

function since(started: number): number {
  return Math.round((performance.now() - started) * 10) / 10;
}
