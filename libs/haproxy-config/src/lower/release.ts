import type { ReleaseFile } from '../parse/release-file.ts';

/** What one host runs: its dynamic.cfg together with the files that dynamic.cfg names. */
export interface Release {
  /** The revision in etcd that this was made from. */
  readonly revision: string;
  /** The content of dynamic.cfg. */
  readonly text: string;
  readonly files: readonly ReleaseFile[];
}

/** A line of a release, counted from 1 as in HAProxy's messages. */
export interface ReleaseLine {
  /** Name of a file of the release; undefined for dynamic.cfg. */
  readonly file: string | undefined;
  readonly line: number;
}

/**
 * The line of the portable text that a line of the release was made from, counted from 1; undefined if lowering added
 * the line. HAProxy's messages name lines of the release; the source comments are those of the portable text.
 */
export type LineMap = (place: ReleaseLine) => number | undefined;

/** A release that still knows which portable text it was made from. */
export interface LoweredRelease extends Release {
  readonly portableLine: LineMap;
}
