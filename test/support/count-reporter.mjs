// A reporter of vitest that writes how many tests passed and failed to $KUBEFIGURATOR_TEST_COUNTS, and prints nothing.
import { writeFileSync } from 'node:fs';
import { env } from 'node:process';

const stateOf = (test) => test.result().state;

export default class CountReporter {
  /** A file that fails as a whole (it doesn't load, its set-up fails) is one failure. */
  onTestRunEnd(modules) {
    const counts = { passed: 0, failed: 0 };
    for (const module of modules) {
      const states = [...module.children.allTests()].map(stateOf);
      const failed = states.filter((state) => state === 'failed').length;
      counts.passed += states.filter((state) => state === 'passed').length;
      counts.failed += failed === 0 && module.state() === 'failed' ? 1 : failed;
    }
    writeFileSync(env.KUBEFIGURATOR_TEST_COUNTS, JSON.stringify(counts));
  }
}
