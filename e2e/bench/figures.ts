/** Medians, and tables that can be read in a terminal and pasted into Markdown. */

/** The middle of some numbers; NaN of none. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? NaN)) / 2;
}

/** Milliseconds, for people. */
export function milliseconds(number: number): string {
  return Number.isFinite(number) ? `${Math.round(number)} ms` : "never";
}

/** A Markdown table with its columns in line; the first `words` columns are words, the others figures. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], words = 1): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, at) => pad(cells[at] ?? "", width, at < words)).join(" | ")} |`;
  const rule = widths.map((width, at) => (at < words ? "-".repeat(width) : `${"-".repeat(width - 1)}:`));
  return [line(head), line(rule), ...rows.map(line)].join("\n");
}

function pad(cell: string, width: number, isWords: boolean): string {
  return isWords ? cell.padEnd(width) : cell.padStart(width);
}

/** A goal and whether it was reached. */
export interface Goal {
  what: string;
  reached: number;
  /** At most this. */
  most: number;
  unit: string;
}

/** What was measured and missed, in words; a benchmark fails by it once everything was measured. */
export function missed(goals: readonly Goal[]): string[] {
  return goals.filter(({ reached, most }) => !(reached <= most)).map(({ what }) => what);
}

/** The goals, each with its verdict. */
export function verdicts(goals: readonly Goal[]): string {
  return table(
    ["goal", "at most", "measured", "verdict"],
    goals.map(({ what, reached, most, unit }) => [
      what,
      `${most} ${unit}`.trim(),
      `${Number.isFinite(reached) ? Number(reached.toFixed(2)) : "never"} ${unit}`.trim(),
      reached <= most ? "reached" : "missed",
    ]),
  );
}
