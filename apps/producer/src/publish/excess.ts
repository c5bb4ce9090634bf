import { excessOfText } from '@kubefigurator/etcd-store';
import {
  countLineFeeds,
  MOST_BINDS,
  MOST_LINES,
  MOST_SECTIONS,
  MOST_SERVERS,
} from '@kubefigurator/haproxy-config';

/** A text and what is counted in it. */
export interface CountedText {
  readonly text: string;
  readonly sections: number;
  /** Addresses to listen on. */
  readonly binds: number;
  readonly servers: number;
}

/** How many times larger a text is than etcd stores or than the gate of the hosts lets through; at most 1 if it may be published. */
export function excessOf({ text, sections, binds, servers }: CountedText): number {
  const ofHosts = Math.max(
    countLines(text) / MOST_LINES,
    ...[sections / MOST_SECTIONS, binds / MOST_BINDS, servers / MOST_SERVERS],
  );
  return ofHosts > 1 ? ofHosts : Math.max(ofHosts, excessOfText(text));
}

function countLines(text: string): number {
  // Most texts have fewer characters than lines are allowed.
  return text.length <= MOST_LINES ? 0 : countLineFeeds(text);
}
