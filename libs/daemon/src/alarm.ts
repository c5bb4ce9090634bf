export type AlarmLevel = 'warn' | 'error';

/** The levels for a failure that can last: its first line, its repetitions, and the line that says that it is over. */
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
      const repeats = raised?.cause === cause && (raised.last === 'error' || level === 'warn');
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
