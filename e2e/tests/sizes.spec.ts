/** Every screen on every device: nothing scrolls sideways, the bar is whole, and what is pressed can be hit. */
import type { Page } from "@playwright/test";
import { expect, test } from "../fixtures/call.ts";
import { settled } from "../support/animations.ts";

/** In CSS pixels. The last is a window of 1280 by 800 at 200 percent (WCAG 2.2, 1.4.4). */
const SIZES = [
  [320, 568],
  [568, 320],
  [390, 844],
  [844, 390],
  [768, 1024],
  [3840, 2160],
  [640, 400],
] as const;

/** The least that a target may measure (WCAG 2.2, 2.5.8). */
const TARGET = 24;

test("home, lobby, call, chat and settings fit on every screen", async ({ person, server, room, join }) => {
  await join("Bob");
  const alice = await person("Alice");
  const { page } = alice;
  const everySize = async (screen: string, look?: () => Promise<string[]>): Promise<void> => {
    const found: string[] = [];
    for (const [width, height] of SIZES) {
      await page.setViewportSize({ width, height });
      await settled(page);
      const problems = [...(await problemsOf(page)), ...((await look?.()) ?? [])];
      found.push(...problems.map((problem) => `${screen} at ${width}x${height}: ${problem}`));
    }
    expect(found).toEqual([]);
  };

  await alice.home.open(server.url);
  await expect(alice.home.newCall).toBeVisible();
  await everySize("home");
  await alice.room.openLobby(room);
  await everySize("lobby");
  await alice.room.join("Alice");
  await expect(alice.room.tile("Bob")).toBeVisible();
  await everySize("call", () => outside(page, ".controls button"));
  await page.setViewportSize({ width: 1280, height: 800 });
  await alice.room.chat.click();
  await alice.room.write("Tea?");
  await everySize("chat", () => outside(page, ".controls button, .composer > *"));
  await page.setViewportSize({ width: 1280, height: 800 });
  await alice.room.chat.click();
  await alice.room.moreOptions.click();
  await alice.room.button("Settings").click();
  await expect(page.getByRole("dialog", { name: "Settings" })).toBeVisible();
  await everySize("settings");
});

/** What scrolls sideways, and what is too small to be hit. */
async function problemsOf(page: Page): Promise<string[]> {
  return page.evaluate((least) => {
    const { scrollWidth, clientWidth } = document.documentElement;
    const found = scrollWidth > clientWidth ? [`${scrollWidth - clientWidth} pixels wider than the screen`] : [];
    for (const element of document.querySelectorAll("button, a[href], input, select, textarea, [role=switch]")) {
      // A link within a sentence is as high as its line, and what stands under a dialog is not pressed.
      const inLine = element instanceof HTMLAnchorElement && getComputedStyle(element).display === "inline";
      const under = document.querySelector("dialog[open]") !== null && element.closest("dialog[open]") === null;
      if (inLine || under || !element.checkVisibility()) continue;
      const label = element.closest("label");
      const boxes = [element, ...(label === null ? [] : [label])].map((each) => each.getBoundingClientRect());
      const width = Math.max(...boxes.map((box) => box.width));
      const height = Math.max(...boxes.map((box) => box.height));
      if (width > 0 && (width < least || height < least)) {
        const name = element.getAttribute("aria-label") ?? element.textContent ?? "";
        found.push(`${name.trim() || element.className}: ${Math.round(width)}x${Math.round(height)}`);
      }
    }
    return found;
  }, TARGET);
}

/** What of those is not whole on the screen. */
async function outside(page: Page, selector: string): Promise<string[]> {
  return page.evaluate((selector) => {
    const all = [...document.querySelectorAll(selector)].filter((element) => element.checkVisibility());
    const cut = all.filter((element) => {
      const { left, top, right, bottom } = element.getBoundingClientRect();
      return left < -0.5 || top < -0.5 || right > innerWidth + 0.5 || bottom > innerHeight + 0.5;
    });
    return cut.map((element) => `${element.getAttribute("aria-label") ?? element.className} is cut`);
  }, selector);
}
