import type { Panel, Row } from './panel.ts';
import { ROWS } from './panels.ts';

/** The columns of Grafana's grid. */
const PAGE_WIDTH = 24;
/** Width and height by kind of panel, in units of the grid. */
const SIZES = { stat: [3, 4], timeseries: [12, 7], table: [24, 9] } as const;
const SOURCE = { type: 'prometheus', uid: '${datasource}' };

interface Place {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** The dashboard as Grafana imports it (schema 39: Grafana 11 or newer), with a variable for the data source and one for the hosts. */
export function grafanaDashboard(): string {
  const dashboard = {
    uid: 'kubefigurator',
    title: 'Kubefigurator',
    description: 'Generated from tools/monitoring/panels.ts: UPDATE_GOLDENS=1 npm run test:unit writes it.',
    tags: ['kubefigurator', 'haproxy'],
    schemaVersion: 39,
    editable: true,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    templating: { list: [dataSourceVariable(), hostVariable()] },
    panels: placePanels(ROWS),
  };
  return `${JSON.stringify(dashboard, undefined, 2)}\n`;
}

function dataSourceVariable(): object {
  return { name: 'datasource', label: 'data source', type: 'datasource', query: 'prometheus' };
}

function hostVariable(): object {
  return {
    name: 'host',
    type: 'query',
    datasource: SOURCE,
    query: { query: 'label_values(kubefigurator_consumer_in_sync, instance)', refId: 'hosts' },
    // The hosts are asked for again whenever the time range changes.
    refresh: 2,
    multi: true,
    includeAll: true,
    allValue: '.*',
    current: { text: 'All', value: '$__all' },
  };
}

/** Places the panels of each row from left to right, and the rows below each other. */
function placePanels(rows: readonly Row[]): readonly object[] {
  const placed: object[] = [];
  let y = 0;
  for (const { title, panels } of rows) {
    placed.push({
      id: placed.length + 1,
      type: 'row',
      title,
      collapsed: false,
      gridPos: { x: 0, y, w: PAGE_WIDTH, h: 1 },
      panels: [],
    });
    y += 1;
    let x = 0;
    /** Of the highest panel that stands at this `y`. */
    let height = 0;
    for (const panel of panels) {
      const [w, h] = SIZES[panel.kind];
      if (x + w > PAGE_WIDTH) {
        y += height;
        x = 0;
        height = 0;
      }
      placed.push(panelOf(panel, placed.length + 1, { x, y, w, h }));
      x += w;
      height = Math.max(height, h);
    }
    y += height;
  }
  return placed;
}

function panelOf(
  { title, kind, unit = 'short', about, queries, bad }: Panel,
  id: number,
  gridPos: Place,
): object {
  const isTable = kind === 'table';
  return {
    id,
    type: kind,
    title,
    description: about,
    datasource: SOURCE,
    gridPos,
    fieldConfig: { defaults: { unit, ...thresholdsOf(bad) }, overrides: [] },
    ...(isTable ? { transformations: [{ id: 'organize', options: { excludeByName: { Time: true } } }] } : {}),
    targets: queries.map(({ expression, legend }, index) => ({
      refId: String.fromCharCode('A'.charCodeAt(0) + index),
      datasource: SOURCE,
      expr: expression,
      legendFormat: legend,
      ...(kind === 'timeseries' ? { range: true } : { instant: true, range: false }),
      ...(isTable ? { format: 'table' } : {}),
    })),
  };
}

function thresholdsOf(bad: Panel['bad']): object {
  if (bad === undefined) return {};
  const steps =
    'from' in bad
      ? [
          { color: 'green', value: null },
          { color: 'red', value: bad.from },
        ]
      : [
          { color: 'red', value: null },
          { color: 'green', value: bad.below },
        ];
  return { thresholds: { mode: 'absolute', steps } };
}
