/** Looks for texts and bytes in everything a process has in its memory. Linux only. */
import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { platform } from "node:process";

/** Whether this system shows the memory of processes one has started. */
export const canDump = platform === "linux";

const CHUNK = 8 * 1024 * 1024;

/** Which of `wanted` are somewhere in the memory of the process, by their names. */
export function foundInMemory(pid: number, wanted: ReadonlyMap<string, readonly Buffer[]>): Set<string> {
  const found = new Set<string>();
  const longest = Math.max(...[...wanted.values()].flat().map(({ length }) => length));
  const memory = openSync(`/proc/${pid}/mem`, "r");
  // What lies across the border of two pieces is in the second as a whole.
  const piece = Buffer.alloc(longest + CHUNK);
  try {
    for (const { start, end } of mappings(pid)) {
      let kept = 0;
      for (let at = start; at < end; at += CHUNK) {
        const length = Math.min(CHUNK, end - at);
        const read = readAt(memory, piece, kept, length, at);
        const whole = piece.subarray(0, kept + read);
        for (const [name, forms] of wanted) {
          if (!found.has(name) && forms.some((form) => whole.includes(form))) found.add(name);
        }
        const rest = Math.min(longest, whole.length);
        piece.copy(piece, 0, whole.length - rest, whole.length);
        kept = rest;
      }
    }
  } finally {
    closeSync(memory);
  }
  return found;
}

/** A text as it may stand in memory: UTF-8, UTF-16, and inside base64 at each of the three offsets. */
export function spelled(text: string): Buffer[] {
  const encoded = ["base64", "base64url"] as const;
  return [
    Buffer.from(text),
    Buffer.from(text, "utf16le"),
    ...encoded.flatMap((encoding) => [0, 1, 2].map((offset) => inside(Buffer.from(text), encoding, offset))),
  ];
}

function inside(bytes: Buffer, encoding: "base64" | "base64url", offset: number): Buffer {
  const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString(encoding).replaceAll("=", "");
  // What depends on the neighbours is cut off at both ends.
  return Buffer.from(text.slice(offset === 0 ? 0 : offset + 1, -1));
}

function mappings(pid: number): { start: number; end: number }[] {
  const lines = readFileSync(`/proc/${pid}/maps`, "utf8").split("\n");
  return lines.flatMap((line) => {
    const [, start, end, name] = /^([0-9a-f]+)-([0-9a-f]+) r\S+ \S+ \S+ \S+ *(.*)$/.exec(line) ?? [];
    if (start === undefined || end === undefined || name === "[vvar]" || name === "[vsyscall]") return [];
    return [{ start: Number.parseInt(start, 16), end: Number.parseInt(end, 16) }];
  });
}

function readAt(file: number, into: Buffer, at: number, length: number, from: number): number {
  try {
    return readSync(file, into, at, length, from);
  } catch {
    // Some mappings have nothing behind them.
    return 0;
  }
}
