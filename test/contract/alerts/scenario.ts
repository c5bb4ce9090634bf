/** What one alert rule is asked in a rule test. */
export interface Scenario {
  readonly says: string;
  /** Series in Prometheus' notation, with one value each 15 seconds. */
  readonly series: Readonly<Record<string, string>>;
  readonly at: string;
  /** The alerts that fire then: their labels besides `severity`, and their summary. */
  readonly fires: readonly Fired[];
}

export interface Fired {
  readonly labels: Readonly<Record<string, string>>;
  readonly summary: string;
}

export const HOST = { instance: 'lb-1:9641', job: 'kubefigurator-consumer' };
export const POD = { instance: '10.0.0.1:9640', job: 'kubefigurator-producer' };
export const TEXT_OF_HOST = 'instance="lb-1:9641",job="kubefigurator-consumer"';
export const TEXT_OF_POD = 'instance="10.0.0.1:9640",job="kubefigurator-producer"';

export const onHost = (metric: string, labels = ''): string =>
  `kubefigurator_consumer_${metric}{${TEXT_OF_HOST}${labels === '' ? '' : `,${labels}`}}`;
export const onPod = (metric: string, labels = ''): string =>
  `kubefigurator_producer_${metric}{${TEXT_OF_POD}${labels === '' ? '' : `,${labels}`}}`;

/** It fires at `at` with these series. */
export function firing(series: Scenario['series'], at: string, fired: Fired): Scenario {
  return { says: `fires after ${at}`, series, at, fires: [fired] };
}

export function silent(says: string, series: Scenario['series'], at: string): Scenario {
  return { says, series, at, fires: [] };
}
