/** When pictures are back: not the stray one that was still on its way, but those that go on. */

/** How long pictures must go on, in milliseconds. */
export const STEADY = 2_000;

/** A longer time between two pictures is an interruption, in milliseconds; the camera gives 20 a second. */
export const PAUSE = 700;

/**
 * The first of the times `frames` (ascending) after `moment` from which pictures went on for
 * {@link STEADY}; `undefined` as long as there is none.
 */
export function steadyFrom(frames: readonly number[], moment: number): number | undefined {
  let start: number | undefined;
  let last = -Infinity;
  for (const frame of frames) {
    if (frame <= moment) continue;
    if (start === undefined || frame - last > PAUSE) start = frame;
    if (frame - start >= STEADY) return start;
    last = frame;
  }
  return undefined;
}

/** The longest time without a picture from `start` to `end`, in milliseconds. */
export function longestGap(frames: readonly number[], start: number, end: number): number {
  const moments = [start, ...frames.filter((frame) => frame > start && frame < end), end];
  return Math.max(...moments.map((moment, at) => moment - (moments[at - 1] ?? start)));
}
