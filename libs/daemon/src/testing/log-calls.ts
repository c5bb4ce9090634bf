import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { LOG_LEVELS, type LogLevel } from '../logger.ts';

/** A log call as it is written in the sources. */
export interface LogCallSite {
  /** File and line. */
  readonly at: string;
  /** The levels that the call can log at; undefined if a variable holds the level. */
  readonly levels: readonly LogLevel[] | undefined;
  /** Matches the names of the events that the call can log. */
  readonly event: RegExp;
}

const ROOT = join(import.meta.dirname, '../../../..');

/** All log calls of both programs and of the libs, without tests; a call is `….log.<level>(…)` or `log[…](…)`. */
export function findLogCalls(): readonly LogCallSite[] {
  return ['apps', 'libs']
    .flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
        join(folder, file),
      ),
    )
    .filter((file) => /^[a-z]+\/[a-z-]+\/src\/.*\.ts$/.test(file) && !/\.test\.ts$|\/testing\//.test(file))
    .flatMap(callsIn);
}

function callsIn(file: string): readonly LogCallSite[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  if (!/\blog\b/.test(text)) return [];
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found: LogCallSite[] = [];
  visit(source);
  return found;

  function visit(node: ts.Node): void {
    if (ts.isCallExpression(node)) {
      const levels = levelsOf(node.expression);
      const event = node.arguments.at(-1);
      const { line } = source.getLineAndCharacterOfPosition(node.getStart());
      if (levels !== undefined && event !== undefined)
        found.push({ at: `${file}:${line + 1}`, levels: levels.known, event: patternOf(event) });
    }
    ts.forEachChild(node, visit);
  }
}

/** The levels of a method of a logger, as in `LogCallSite`; undefined if the callee is none. */
function levelsOf(callee: ts.Expression): { readonly known: readonly LogLevel[] | undefined } | undefined {
  if (ts.isPropertyAccessExpression(callee) && isLogger(callee.expression)) {
    const level = LOG_LEVELS.find((each) => each === callee.name.text);
    return level === undefined ? undefined : { known: [level] };
  }
  if (!ts.isElementAccessExpression(callee) || !isLogger(callee.expression)) return undefined;
  const texts = branchesOf(callee.argumentExpression).map((branch) => textOf(branch));
  const known = texts.flatMap((text) => LOG_LEVELS.find((each) => each === text) ?? []);
  return { known: known.length === texts.length ? known : undefined };
}

function isLogger(expression: ts.Expression): boolean {
  return /(^|\.)log$/.test(expression.getText());
}

/** The values that an expression can have, as far as it is a conditional. */
function branchesOf(expression: ts.Expression): readonly ts.Expression[] {
  if (ts.isConditionalExpression(expression))
    return [...branchesOf(expression.whenTrue), ...branchesOf(expression.whenFalse)];
  return [expression];
}

function textOf(expression: ts.Expression): string | undefined {
  return ts.isStringLiteralLike(expression) ? expression.text : undefined;
}

/** Matches what a string literal, a template or a conditional of them can become. */
function patternOf(expression: ts.Expression): RegExp {
  return new RegExp(`^(${branchesOf(expression).map(sourceOf).join('|')})$`);
}

function sourceOf(expression: ts.Expression): string {
  if (!ts.isTemplateExpression(expression)) return escape(textOf(expression) ?? '(not a literal)');
  const spans = expression.templateSpans.map(({ expression: inner, literal }) => {
    const texts = branchesOf(inner).map(textOf);
    const hole = texts.includes(undefined) ? '[^.]+' : `(${texts.join('|')})`;
    return `${hole}${escape(literal.text)}`;
  });
  return `${escape(expression.head.text)}${spans.join('')}`;
}

function escape(text: string): string {
  return text.replace(/[.()]/g, '\\$&');
}
