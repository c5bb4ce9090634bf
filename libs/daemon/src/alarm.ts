export type AlarmLevel = 'warn' | 'error';

/** The levels for a failure that can last: its first line, its repetitions, and the line that says that it is over. */
export interface Alarm {
  /** The level to log a failure at: the given one, or debug if the failure before it had the same cause. */
  raise(level: AlarmLevel, cause?: string): AlarmLevel | 'debug';
  /**
   * The level to log the end at: the highest at which the failure was logged, so that a filter by level shows both or none.
   * Undefined if there was no failure since the last end.
   */
  end(): AlarmLevel | undefined;
}

export function createAlarm(): Alarm {
  let raised: { readonly level: AlarmLevel; readonly cause: string } | undefined;
  return {
    raise(level, cause = '') {
      const repeats = raised?.cause === cause;
      const isError = raised?.level === 'error' || (level === 'error' && !repeats);
      raised = { level: isError ? 'error' : 'warn', cause };
      return repeats ? 'debug' : level;
    },
    end() {
      const level = raised?.level;
      raised = undefined;
      return level;
    },
  };
}
