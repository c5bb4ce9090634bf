/** In which form the manifests are written: as plain files, or as the templates of a Helm chart. */
export type Form = 'plain' | 'chart';

/** Returns the text of the form that is written. */
export type PickText = (plain: string, chart: string) => string;

/** What the manifests have in the places where the two forms differ. */
export interface Places {
  readonly pick: PickText;
  /** The name of every object. */
  readonly name: string;
  readonly namespace: string;
  /** The labels that select the Pod, each line with its indentation and a line break before it. */
  readonly labels: (indentation: number) => string;
  /** Lines that the plain files always have, and the chart only if this value of it is set. */
  readonly ifSet: (value: string, lines: string) => string;
  /** Lines that the plain files never have, and the chart only if this value of it is set. */
  readonly onlyIf: (value: string, lines: string) => string;
}

export function placesOf(form: Form): Places {
  const pick: PickText = (plain, chart) => (form === 'plain' ? plain : chart);
  const wrap = (value: string, lines: string): string => `{{- if .Values.${value} }}\n${lines}{{- end }}\n`;
  const instance = pick('kubefigurator', '{{ .Release.Name | quote }}');
  return {
    pick,
    name: pick('kubefigurator-producer', '{{ .Release.Name }}-producer'),
    namespace: pick('kubefigurator', '{{ .Release.Namespace | quote }}'),
    labels: (indentation): string =>
      [
        'app.kubernetes.io/name: kubefigurator',
        `app.kubernetes.io/instance: ${instance}`,
        'app.kubernetes.io/component: producer',
      ]
        .map((line) => `\n${' '.repeat(indentation)}${line}`)
        .join(''),
    ifSet: (value, lines): string => pick(lines, wrap(value, lines)),
    onlyIf: (value, lines): string => pick('', wrap(value, lines)),
  };
}
