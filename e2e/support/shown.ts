/**
 * When pictures are shown, tile by tile. A browser can go on decoding for a video that stands still,
 * so what counts is what reaches the screen.
 */
import { type Page, expect, test } from "@playwright/test";
import { longestGap } from "../lab/steady.ts";
import { connectionsInWords } from "./connections.ts";
import { expectPicture } from "./media.ts";
import { type Persona, persona } from "./persona.ts";

declare global {
  interface Window {
    /** Milliseconds of the machine's clock at which each tile's pictures were shown; added by the tests. */
    tincanShown?: Map<string, number[]>;
  }
}

/** Milliseconds without a picture that somebody would call an interruption. */
export const A_SECOND = 1_000;

/** Runs in a page before its own scripts: notes each picture under the name of the tile it is in. */
export function noteShown(): void {
  const KEPT = 2_000;
  const shown = new Map<string, number[]>();
  window.tincanShown = shown;
  const watched = new WeakSet<HTMLVideoElement>();
  const watch = (video: HTMLVideoElement): void => {
    watched.add(video);
    video.requestVideoFrameCallback((now) => {
      const tile = video.closest("[role=group], figure")?.getAttribute("aria-label");
      if (tile !== null && tile !== undefined) {
        const times = shown.get(tile) ?? [];
        shown.set(tile, times);
        times.push(performance.timeOrigin + now);
        if (times.length > KEPT) times.shift();
      }
      watch(video);
    });
  };
  const described = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, "srcObject");
  const { get, set } = described ?? {};
  if (get === undefined || set === undefined) throw new Error("srcObject cannot be watched");
  Object.defineProperty(HTMLMediaElement.prototype, "srcObject", {
    configurable: true,
    get,
    set(this: HTMLMediaElement, stream: MediaProvider | null) {
      set.call(this, stream);
      if (this instanceof HTMLVideoElement && !watched.has(this)) watch(this);
    },
  });
}

/** Waits for a picture in a tile that is shown after `time`, by the machine's clock, and says when it was. */
export async function shownAfter(page: Page, tile: string, time: number, patience: number): Promise<number> {
  const look = ({ tile, time }: { tile: string; time: number }): number | undefined =>
    window.tincanShown?.get(tile)?.find((shown) => shown > time);
  const options = { timeout: Math.max(1, patience), polling: 100 };
  const found = await page.waitForFunction(look, { tile, time }, options).catch(async (cause: unknown) => {
    const connections = await connectionsInWords(page);
    throw new Error(`the tile “${tile}” showed nothing within ${patience} ms; ${connections}`, { cause });
  });
  return (await found.jsonValue()) ?? NaN;
}

/** Who looks at whose tile. */
export interface Look {
  page: Page;
  tile: string;
}

/** Everybody's look at everybody else. */
export function looks(people: readonly { page: Page; name: string }[]): Look[] {
  return people.flatMap(({ page, name }) =>
    people.filter((other) => other.name !== name).map((other) => ({ page, tile: other.name })),
  );
}

/**
 * Pictures go on in every one of the tiles from `start` to `end`, never a second apart. Waits until
 * `end` is past; returns the longest time between two pictures, in milliseconds.
 */
export async function expectUninterrupted(all: readonly Look[], start: number, end: number): Promise<number> {
  const gaps = await Promise.all(
    all.map(async ({ page, tile }) => {
      // Should none be shown after `end`, the gap tells of it as well.
      await shownAfter(page, tile, end, end - Date.now() + 5_000).catch(() => undefined);
      const shown = await page.evaluate((tile) => window.tincanShown?.get(tile) ?? [], tile);
      return { tile, gap: Math.round(longestGap(shown, start, end)) };
    }),
  );
  const longest = Math.max(...gaps.map(({ gap }) => gap));
  test.info().annotations.push({ type: "longest time without a picture", description: `${longest} ms` });
  const broken = gaps.filter(({ gap }) => gap >= A_SECOND).map(({ tile, gap }) => `${tile}: ${gap} ms`);
  if (broken.length > 0) {
    for (const page of new Set(all.map(({ page }) => page))) broken.push(await connectionsInWords(page));
  }
  expect(broken, "tiles that stood still, and how the connections are").toEqual([]);
  return longest;
}

/** Something moves in the tile, and it is that person's camera. */
export async function expectShown(page: Page, name: string, camera: Pick<Persona, "name" | "chroma"> = persona(name)): Promise<void> {
  const before = Date.now();
  const first = await shownAfter(page, name, before, 20_000);
  await shownAfter(page, name, first, 5_000);
  await expectPicture(page.getByRole("group", { name, exact: true }), camera);
}
