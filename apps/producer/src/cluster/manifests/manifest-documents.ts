import { countLineFeeds } from '@kubefigurator/haproxy-config';
import { CORE_SCHEMA, load, Type, YAMLException } from 'js-yaml';
import { yamlReason } from '../yaml-reason.ts';
import { YAML_1_1_SCALARS } from './yaml-scalars.ts';

/** A place in a manifest: `shop.yaml, document 2, line 14`. */
export interface Position {
  readonly file: string;
  /** Counted from 1, in this file. */
  readonly document: number;
  /** Counted from 1, in this file. */
  readonly line: number;
}

/** One document of a manifest file. */
export interface ManifestDocument {
  /** The place of its first line with content. */
  readonly position: Position;
  readonly text: string;
  readonly value: unknown;
}

/** Manifests that can't be read, with the place. */
export class ManifestError extends Error {
  constructor(message: string, position?: Position) {
    const where = position && `${position.file}, document ${position.document}, line ${position.line}: `;
    super(`${where ?? ''}${message}`);
    this.name = 'ManifestError';
  }
}

/**
 * Accepts merge keys, as kubectl does, and leaves dates as text. Unquoted scalars that only kubectl reads as a boolean or
 * a number (YAML 1.1), such as `yes`, become an `UnquotedScalar`.
 */
const SCHEMA = CORE_SCHEMA.extend({
  implicit: [
    new Type('tag:yaml.org,2002:merge', { kind: 'scalar', resolve: (text) => text === '<<' }),
    ...YAML_1_1_SCALARS,
  ],
});

/** The documents of a YAML or JSON file; throws a {@link ManifestError} if it is neither or has no document. */
export function parseManifestDocuments(file: string, text: string): readonly ManifestDocument[] {
  const documents: ManifestDocument[] = [];
  for (const chunk of splitDocuments(text)) {
    const position = { file, document: documents.length + 1, line: chunk.line };
    documents.push({ position, text: chunk.text, value: parseChunk(chunk.text, position) });
  }
  // A file that is being written may be empty for a moment, so it is refused; an empty List stands for no objects.
  if (documents.length === 0) throw new ManifestError('the file is empty', { file, document: 1, line: 1 });
  return documents;
}

interface Chunk {
  readonly text: string;
  readonly line: number;
}

/**
 * Splits at the document markers, which YAML allows nowhere else at the start of a line,
 * so that an error message can name the document.
 */
function splitDocuments(text: string): Chunk[] {
  const chunks: Chunk[] = [];
  // `---`, or `...` at the end of a document.
  const marker = /^(?:---(?=\s|$)|\.\.\.(?=\s*$))/gm;
  let start = 0;
  let line = 1;
  const cut = (end: number): void => {
    const raw = text.slice(start, end);
    // The blank lines, comments and directives (%) before the content; undefined if there is no content.
    const lead = /^(?:[ \t]*(?:[#%].*)?(?:\r?\n|$))*?(?=[ \t]*[^\s#%])/.exec(raw)?.[0];
    if (lead !== undefined) chunks.push({ text: raw.slice(lead.length), line: line + countLineFeeds(lead) });
    line += countLineFeeds(raw);
  };
  for (const match of text.matchAll(marker)) {
    cut(match.index);
    start = match.index + match[0].length;
  }
  cut(text.length);
  return chunks;
}

function parseChunk(text: string, position: Position): unknown {
  if (text.startsWith('{')) {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      // It may be YAML's flow style; if it isn't, the YAML parser names the line of the mistake.
    }
  }
  try {
    return load(text, { schema: SCHEMA });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    // For text that ends too early, the parser names the line after the last one.
    const line = position.line + Math.min(error.mark?.line ?? 0, countLineFeeds(text.trimEnd()));
    throw new ManifestError(yamlReason(error.reason), { ...position, line });
  }
}

/** The line of a key if only one line of the document has it, otherwise the document's first line. */
export function lineOfKey(key: string, { position, text }: ManifestDocument): number {
  // The key at the start of a line, perhaps after dashes of list entries and in quotes, before a colon.
  const pattern = new RegExp(`^\\s*(?:-\\s+)*["']?${key.replace(/[^\w]/g, '\\$&')}["']?\\s*:`);
  const lines = text.split('\n').flatMap((line, index) => (pattern.test(line) ? [index] : []));
  const [only] = lines;
  return position.line + (lines.length === 1 && only !== undefined ? only : 0);
}
