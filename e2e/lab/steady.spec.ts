/** How a recovery is told from a stray picture. */
import { expect, test } from "@playwright/test";
import { longestGap, steadyFrom } from "./steady.ts";

/** Twenty pictures a second. */
function film(start: number, end: number): number[] {
  return Array.from({ length: Math.floor((end - start) / 50) + 1 }, (_, at) => start + at * 50);
}

test("pictures that go on count from the first after the repair", () => {
  expect(steadyFrom(film(0, 5_000), 1_000)).toBe(1_050);
});

test("pictures that were on their way do not count", () => {
  expect(steadyFrom([...film(0, 1_100), ...film(7_000, 10_000)], 1_000)).toBe(7_000);
});

test("pictures that have not gone on for long are no recovery yet", () => {
  expect(steadyFrom(film(3_000, 4_000), 1_000)).toBeUndefined();
  expect(steadyFrom([], 1_000)).toBeUndefined();
});

test("a gap is found also where no picture came at all", () => {
  expect(longestGap(film(0, 1_000), 0, 4_000)).toBe(3_000);
  expect(longestGap([], 0, 4_000)).toBe(4_000);
  expect(longestGap(film(0, 4_000), 0, 4_000)).toBe(50);
});
