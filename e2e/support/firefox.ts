/** The page as somebody finds it in Firefox, which is driven through BiDi. */
import type { ElementHandle, Page } from "puppeteer-core";
import { expect } from "@playwright/test";
import { type Received, readReceived } from "./media.ts";

const ELEMENTS = { button: "button", textbox: "input" } as const;

/**
 * What has that role and name, as soon as it is there. It is looked for among the elements: Firefox
 * stops the page's clock and draws it anew for each look into its accessibility tree, which on a small
 * machine holds the page up for seconds, and its calls with it.
 */
export async function control(page: Page, role: keyof typeof ELEMENTS, name: string): Promise<ElementHandle> {
  let found: ElementHandle | undefined;
  await expect
    .poll(
      async () => {
        const handle = await page.evaluateHandle(findNamed, ELEMENTS[role], name);
        found = handle.asElement() as ElementHandle | null ?? undefined;
        return found !== undefined;
      },
      { message: `Firefox should show the ${role} "${name}"` },
    )
    .toBe(true);
  if (found === undefined) throw new Error("checked just above");
  return found;
}

/** Opens the link and goes in. */
export async function joinInFirefox(page: Page, link: string, name: string): Promise<void> {
  await page.goto(link);
  await (await control(page, "textbox", "Your name")).type(name);
  await (await control(page, "button", "Join call")).click();
  await control(page, "button", "Leave call");
}

/** The tile of `name` moves, and its sound has energy. */
export async function expectToReceive(page: Page, name: string): Promise<void> {
  let first: Received | undefined;
  await expect
    .poll(
      async () => {
        const video: ElementHandle | null = await page.$(`[role=group][aria-label="${name}"] video`);
        const now = video === null ? undefined : await video.evaluate(readReceived);
        if (now !== undefined && now.framesDecoded < (first?.framesDecoded ?? Infinity)) first = now;
        return (
          now !== undefined &&
          first !== undefined &&
          now.framesDecoded > first.framesDecoded + 3 &&
          now.currentTime > first.currentTime &&
          now.audioEnergy > first.audioEnergy &&
          now.audible
        );
      },
      { message: `Firefox should see and hear ${name}`, timeout: 30_000 },
    )
    .toBe(true);
}

/** Runs in the page. */
function findNamed(elements: string, name: string): Element | undefined {
  const named = (element: HTMLElement): string =>
    element.getAttribute("aria-label") ??
    (element instanceof HTMLInputElement ? element.labels?.[0]?.textContent : element.textContent) ??
    "";
  return [...document.querySelectorAll<HTMLElement>(elements)].find(
    (element) => element.checkVisibility() && named(element).trim() === name,
  );
}
