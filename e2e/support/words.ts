/** What the page says in each language, from its own files (`frontend/text/`). */
import { readFileSync } from "node:fs";
import { join } from "node:path";

const FOLDER = join(import.meta.dirname, "..", "..", "frontend", "text");

/** Gives the words of a line, with the values in place of its braces. */
export type Say = (line: string, values?: Record<string, string>) => string;

const read = new Map<string, Say>();

/** The words of a language. A line that is not there is an error. */
export function words(tag: string): Say {
  const known = read.get(tag);
  if (known !== undefined) return known;
  const text = readFileSync(join(FOLDER, `${tag}.txt`), "utf8");
  const lines = new Map(
    text
      .split("\n")
      .filter((line) => !line.startsWith("#") && line.includes(" = "))
      .map((line) => [line.slice(0, line.indexOf(" = ")), line.slice(line.indexOf(" = ") + 3)] as const),
  );
  const say: Say = (line, values = {}) => {
    const found = lines.get(line);
    if (found === undefined) throw new Error(`${tag}.txt has no ${line}`);
    // Where words run from right to left, what may run the other way is kept together.
    const isolate = (value: string): string => (tag === "ar" && !/^\d*$/.test(value) ? `\u2068${value}\u2069` : value);
    return found.replace(/\{(\w+)\}/g, (_, name: string) => isolate(values[name] ?? ""));
  };
  read.set(tag, say);
  return say;
}

/** Whatever begins with these words, whole words in any script; they may be kept together as a value is. */
export function beginning(name: string): RegExp {
  return new RegExp(`^\u2068?${escaped(name)}(?![\\p{L}\\p{N}])`, "u");
}

/** Whatever ends with these words. */
export function ending(name: string): RegExp {
  return new RegExp(`${escaped(name)}$`, "u");
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
}
