/** Tiles glide to their places and what opens arrives gently, unless the person wants little to move. */
import type { Page } from "@playwright/test";
import { type Person, expect, test } from "../fixtures/call.ts";
import { settled } from "../support/animations.ts";
import { expectMoving } from "../support/media.ts";

for (const reducedMotion of ["no-preference", "reduce"] as const) {
  const moves = reducedMotion === "no-preference";
  test(`pinning, opening and leaving ${moves ? "are gentle" : "move nothing"}, ${reducedMotion}`, async ({ join, bob }) => {
    const carol = await join("Carol", { reducedMotion, scripts: [noteGlides] });
    const { page, room } = carol;
    await expect(room.tile("Bob")).toBeVisible();
    await settled(page);

    const pinned = await movingAfter(page, () => {
      document.querySelector<HTMLElement>("button[aria-label='Pin Bob']")?.click();
    });
    await expect(room.button("Unpin Bob")).toBeAttached();
    expect(pinned.length > 0, `moves when pinned: ${pinned.join(", ")}`).toBe(moves);

    await settled(page);
    const opened = await movingAfter(page, () => {
      document.querySelector<HTMLElement>("button[aria-controls='chat']")?.click();
    });
    await expect(room.message).toBeVisible();
    expect(opened.length > 0, `moves when opened: ${opened.join(", ")}`).toBe(moves);

    await settled(page);
    const before = await glides(carol);
    const dan = await join("Dan");
    await expectMoving(carol, "Dan");
    expect(await glides(carol), "nobody waits behind a movement for a first picture").toBe(before);
    await dan.room.leaveCall.click();
    await expect(room.tile("Dan")).toHaveCount(0);
    if (moves) await expect.poll(() => glides(carol)).toBeGreaterThan(before);
    else expect(await glides(carol)).toBe(0);
    await settled(page);
    await expect(bob.room.tile("Dan")).toHaveCount(0);
  });
}

declare global {
  interface Window {
    tincanGlides?: number;
  }
}

/** Runs in a page before its own scripts: counts what is set in motion by the page. */
function noteGlides(): void {
  window.tincanGlides = 0;
  const animate = Element.prototype.animate;
  Element.prototype.animate = function (...given) {
    window.tincanGlides = (window.tincanGlides ?? 0) + 1;
    return animate.apply(this, given);
  };
}

async function glides({ page }: Person): Promise<number> {
  return page.evaluate(() => window.tincanGlides ?? Number.NaN);
}

/** What moves in the second pictures after something was done; what moves for ever is left out. */
async function movingAfter(page: Page, act: () => void): Promise<string[]> {
  const acted = await page.evaluateHandle(`(${act.toString()})`);
  return page.evaluate(async (act) => {
    const picture = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));
    (act as () => void)();
    const seen = new Set<string>();
    for (let pictures = 0; pictures < 6; pictures++) {
      await picture();
      for (const animation of document.getAnimations()) {
        const { effect, playState } = animation;
        const ends = Number.isFinite(Number(effect?.getComputedTiming().endTime ?? 0));
        const target = effect instanceof KeyframeEffect ? effect.target : null;
        const inMotion = target?.closest(".tile, .panel, .dialog") ?? null;
        if (ends && playState === "running" && inMotion !== null) seen.add(target?.className.toString() ?? "");
      }
    }
    return [...seen];
  }, acted);
}
