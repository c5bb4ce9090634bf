export type AlarmLevel = 'warn' | 'error';

/** Says at which level a failure that can last is logged: its first line, its repetitions, and the line that says that it is over. */
export interface Alarm {
  /**
   * The level to log a failure at: the given one, or debug if the failure before it had the same cause and was as serious.
   */
  raise(level: AlarmLevel, cause?: string): AlarmLevel | 'debug';
  /**
   * The level to log the end at: the highest at which the failure was logged, so that a filter by level shows both or none.
   * Undefined if there was no failure since the last end.
   */
  end(): AlarmLevel | undefined;
}

export function createAlarm(): Alarm {
  let raised: { readonly highest: AlarmLevel; readonly last: AlarmLevel; readonly cause: string } | undefined;
  return {
    raise(level, cause = '') {
      const lastWasAsSerious = raised?.last === 'error' || raised?.last === level;
      const repeats = raised?.cause === cause && lastWasAsSerious;
      const highest = raised?.highest === 'error' ? 'error' : level;
      raised = { highest, last: level, cause };
      return repeats ? 'debug' : level;
    },
    end() {
      const level = raised?.highest;
      raised = undefined;
      return level;
    },
  };
}
