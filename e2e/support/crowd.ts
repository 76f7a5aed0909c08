/** Looks out for somebody who is on a page twice, be it for a moment. */
import { type Page, expect } from "@playwright/test";

declare global {
  interface Window {
    /** Names that two tiles had at the same time; added by the tests. */
    tincanTwice?: string[];
  }
}

/** Runs in a page before its own scripts: looks at the tiles whenever the page changes. */
export function noteTwice(): void {
  const twice: string[] = [];
  window.tincanTwice = twice;
  const look = (): void => {
    const names = [...document.querySelectorAll("[role=group][aria-label]")]
      .filter((tile) => tile.querySelector("video") !== null)
      .map((tile) => tile.getAttribute("aria-label") ?? "");
    for (const name of names) {
      if (names.indexOf(name) !== names.lastIndexOf(name) && !twice.includes(name)) twice.push(name);
    }
  };
  new MutationObserver(look).observe(document, {
    childList: true,
    subtree: true,
    attributes: true,
    attributeFilter: ["aria-label"],
  });
}

/** Since the page was opened nobody had two tiles on it. */
export async function expectNobodyTwice(page: Page): Promise<void> {
  const twice = await page.evaluate(() => window.tincanTwice);
  expect(twice, "who was on the page twice").toEqual([]);
}
