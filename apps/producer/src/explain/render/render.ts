import type { Explanation } from '../explanation.ts';
import { terminalText, terminalJson } from './layout.ts';
import { renderNode } from './node.ts';
import { renderRequest } from './request.ts';
import { renderService } from './service.ts';

/** An explanation as text for people, or as one JSON document with everything. */
export function renderExplanation(explanation: Explanation, form: 'text' | 'json'): string {
  if (form === 'json') return `${terminalJson(JSON.stringify(explanation, undefined, 2))}\n`;
  return terminalText(`${linesFor(explanation).join('\n')}\n`);
}

function linesFor(explanation: Explanation): string[] {
  switch (explanation.kind) {
    case 'service':
      return renderService(explanation);
    case 'node':
      return renderNode(explanation);
    case 'request':
      return renderRequest(explanation);
  }
}
