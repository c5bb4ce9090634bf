import type { Panel, Query } from './panel.ts';

/** Selects the hosts that the dashboard's variable `host` names. */
export const ON_HOSTS = '{instance=~"$host"}';
export const consumer = (metric: string): string => `kubefigurator_consumer_${metric}`;
export const producer = (metric: string): string => `kubefigurator_producer_${metric}`;
export const rate = (metric: string, selector = ''): string => `rate(${metric}${selector}[$__rate_interval])`;
/** The 99th percentile of a histogram by one label. */
export const slowest = (metric: string, label: string, selector = ''): string =>
  `histogram_quantile(0.99, sum by (le, ${label}) (${rate(`${metric}_bucket`, selector)}))`;

/** The fields of a panel with one query, whose legend is the title. */
export const one = (
  title: string,
  expression: string,
  about: string,
): Pick<Panel, 'title' | 'about' | 'queries'> => ({
  title,
  about,
  queries: [{ expression, legend: title }],
});
/** One query of a consumer's metric, which gives a line for each selected host. */
export const perHost = (metric: string, legend = '{{instance}}'): readonly Query[] => [
  { expression: `${consumer(metric)}${ON_HOSTS}`, legend },
];
