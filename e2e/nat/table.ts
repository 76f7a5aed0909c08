/** The matrix as a table: the tests note rows, and this reporter prints them when all have run. */
import type { Reporter, TestCase, TestResult } from "@playwright/test/reporter";
import type { TestInfo } from "@playwright/test";
import { milliseconds, table } from "../bench/figures.ts";
import type { Kind } from "../lab/nat.ts";

/** One call. Times in milliseconds; NaN when there was no picture. */
export interface Row {
  homes: [Kind, Kind];
  path: string;
  clickToFrame: number;
  openToFrame: number;
}

const TYPE = "nat";

/** Keeps a row with the test that made it: workers come and go, results stay. */
export function note(test: TestInfo, row: Row): void {
  test.annotations.push({ type: TYPE, description: JSON.stringify(row) });
}

export default class NatTable implements Reporter {
  private readonly rows: string[][] = [];
  private readonly skipped = new Set<string>();

  onTestEnd(test: TestCase, result: TestResult): void {
    for (const { type, description } of result.annotations) {
      if (type === "skip" && description !== undefined && /namespaces/.test(description)) this.skipped.add(description);
      if (type !== TYPE || description === undefined) continue;
      // NaN is null in JSON.
      const { homes, path, clickToFrame, openToFrame } = JSON.parse(description) as Row;
      const time = (value: number | null): string => (value === null ? "never" : milliseconds(value));
      const verdict = result.status === test.expectedStatus ? "as it should" : "FAILED";
      this.rows.push([homes[0], homes[1], path, time(clickToFrame), time(openToFrame), verdict]);
    }
  }

  onEnd(): void {
    for (const reason of this.skipped) console.log(`\nThe laboratory was left out: ${reason}`);
    if (this.rows.length === 0) return;
    const head = ["first", "second", "the second's path", "click to frame", "opening to frame", ""];
    console.log(`\n${table(head, this.rows, 3)}\n`);
  }

  printsToStdio(): boolean {
    return false;
  }
}
