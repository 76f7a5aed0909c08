/** Ends the run with the line that `cargo xtask` counts by (xtask/src/tally.rs). */
import type { FullResult, Reporter, Suite, TestCase } from "@playwright/test/reporter";

export default class TallyReporter implements Reporter {
  private tests: TestCase[] = [];

  onBegin(_config: unknown, suite: Suite): void {
    this.tests = suite.allTests();
  }

  onEnd(result: FullResult): void {
    const outcomes = this.tests.map((test) => ({ outcome: test.outcome(), ran: test.results.length > 0 }));
    const passed = outcomes.filter(({ outcome }) => outcome === "expected" || outcome === "flaky").length;
    const skipped = outcomes.filter(({ outcome, ran }) => outcome === "skipped" && ran).length;
    // A test that never ran, because the run broke off before it, did not pass.
    const failed = outcomes.length - passed - skipped;
    const word = result.status === "passed" ? "ok" : "FAILED";
    console.log(`test result: ${word}. ${passed} passed; ${failed} failed; ${skipped} ignored`);
  }

  printsToStdio(): boolean {
    return false;
  }
}
