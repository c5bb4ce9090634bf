import type { ConfigText } from '../parse/config-text.ts';
import { countSections } from '../parse/config-text.ts';
import { countTemplate } from './numbers.ts';
import { quote } from './plain-words.ts';

/**
 * What a text may hold at most. Of 16 MB that gzip makes to 30 KB, an agent that reads them and a HAProxy that checks
 * them would need many gigabytes; 5,000 Services on 50 nodes are 285,000 lines with 5,001 sections.
 */
const MOST_LINES = 500_000;
const MOST_SECTIONS = 20_000;
/** HAProxy takes 64 words on a line. */
const LONGEST_LINE = 65_536;
const MOST_SERVERS = 300_000;
/** The time HAProxy 2.6 needs grows with the square of this number. */
const MOST_SERVERS_OF_A_SECTION = 10_000;

/** What is too large in a text that isn't read yet; undefined if nothing is. */
export function oversize(text: string): string | undefined {
  let lines = 0;
  for (let start = 0; start < text.length; lines += 1) {
    const end = text.indexOf('\n', start);
    const next = (end < 0 ? text.length : end) + 1;
    if (next - start > LONGEST_LINE)
      return `line ${lines + 1}: it has ${LONGEST_LINE} characters or more, which is too long`;
    start = next;
  }
  if (lines > MOST_LINES) return `the text has ${lines} lines; at most ${MOST_LINES} are taken`;
  const sections = countSections(text);
  return sections > MOST_SECTIONS
    ? `the text has ${sections} sections; at most ${MOST_SECTIONS} are taken`
    : undefined;
}

/** What is said of more servers than HAProxy reads in time; those of a template count one by one. */
export function tooManyServers({ sections }: ConfigText): string | undefined {
  let sum = 0;
  for (const { keyword, name, lines } of sections) {
    const servers = lines.reduce((count, { words }) => count + countServers(words), 0);
    if (servers > MOST_SERVERS_OF_A_SECTION)
      return `${keyword} ${quote(name)} has more than ${MOST_SERVERS_OF_A_SECTION} servers`;
    sum += servers;
  }
  return sum > MOST_SERVERS ? `the text has more than ${MOST_SERVERS} servers` : undefined;
}

function countServers([directive, , range = '']: readonly string[]): number {
  if (directive === 'server') return 1;
  return directive === 'server-template' ? Math.max(0, countTemplate(range)) : 0;
}
