/** Ends the run with the lines that `cargo xtask` names and counts by (xtask/src/tally.rs). */
import { relative } from "node:path";
import type { FullResult, Reporter, Suite, TestCase } from "@playwright/test/reporter";

/** How much of an error is said again at the end. The whole of it stands where it happened. */
const ERROR_LINES = 12;

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
    for (const test of this.tests.filter((test) => test.outcome() === "unexpected")) {
      const { file, line } = test.location;
      console.log(`test ${relative(process.cwd(), file)}:${line} ${test.title} ... FAILED`);
      console.log(errors(test));
    }
    const word = result.status === "passed" ? "ok" : "FAILED";
    console.log(`test result: ${word}. ${passed} passed; ${failed} failed; ${skipped} ignored`);
  }

  printsToStdio(): boolean {
    return false;
  }
}

/** The beginning of what went wrong in a test, without colours. */
function errors(test: TestCase): string {
  const messages = test.results.flatMap(({ errors }) => errors.map(({ message }) => message ?? ""));
  const plain = messages.join("\n").replace(/\u001b\[[0-9;]*m/g, "");
  const lines = plain.split("\n").filter((line) => line.trim() !== "");
  return lines.slice(0, ERROR_LINES).map((line) => `  ${line}`).join("\n");
}
