/** One query of a panel; the legend may name labels, such as `{{instance}}`. */
export interface Query {
  readonly expression: string;
  readonly legend: string;
}

/** One panel. The unit is Grafana's name of it; a time series is half as wide as the page, a stat an eighth. */
export interface Panel {
  readonly title: string;
  readonly kind: 'stat' | 'timeseries' | 'table';
  readonly unit?: 'short' | 's' | 'bytes' | 'dateTimeFromNow' | 'ops' | 'percentunit';
  readonly about: string;
  readonly queries: readonly Query[];
  /** The values for which it is red: `from` and more, or less than `below`. */
  readonly bad?: { readonly from: number } | { readonly below: number };
}

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}
