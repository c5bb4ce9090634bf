/** The section of docs/operations.md for one alert. */
export interface Runbook {
  readonly alert: string;
  /** The bold words at the beginnings of its lines. */
  readonly parts: readonly string[];
  /** The words of each of our commands that its text and its code blocks contain. */
  readonly ours: readonly (readonly string[])[];
  /** The log events that it names. */
  readonly events: readonly string[];
}

/** From the heading `## Runbooks` to the next heading of this level, or to the end of the page. */
const SECTION = /^## Runbooks\n([\s\S]*?)(?=^## |(?![\s\S]))/m;
/** Inline code, and the lines of code blocks that begin with one of our programs or run one with `kubectl … --`. */
const CODE = /`([^`\n]+)`|^(?:kubefigurator-.*|kubectl .* -- .*)$/gm;

/** The runbooks of the page, in order; none if it has no section of that name. */
export function readRunbooks(page: string): readonly Runbook[] {
  const [, section = ''] = SECTION.exec(page) ?? [];
  return section
    .split(/^### /m)
    .slice(1)
    .map((text) => {
      const alert = text.slice(0, text.indexOf('\n'));
      const codes = [...text.matchAll(CODE)].map(([whole, inline]) => inline ?? whole);
      return {
        alert,
        parts: [...text.matchAll(/^\*\*([^*]+)\*\*/gm)].map(([, words = '']) => words),
        ours: codes.flatMap(oursIn),
        events: codes.filter(
          (code) => /^[a-z-]+\.[a-z-]+$/.test(code) && !/\.(?:cfg|json|pem|yaml)$/.test(code),
        ),
      };
    });
}

/** The words of the command of ours in a line of code, as a list of one; `sudo` or `kubectl … --` may stand before it. */
function oursIn(code: string): readonly (readonly string[])[] {
  const [, command] = /(kubefigurator-(?:consumer|producer) [a-z].*)$/.exec(code) ?? [];
  if (command === undefined) return [];
  return [command.replace(/\s+#.*$/, '').split(/\s+/)];
}
