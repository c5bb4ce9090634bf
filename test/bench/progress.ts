/** What `npm run bench` was asked for. */
export interface BenchOptions {
  readonly only: readonly string[];
  readonly quick?: boolean;
}

/** Progress and results, for who looks on. */
export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
