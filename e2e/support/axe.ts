/** Whether a screen holds an obstacle that axe-core knows of. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Page, expect } from "@playwright/test";
import type { AxeResults, RunOptions } from "axe-core";
import { settled } from "./animations.ts";

interface Axe {
  run(options: RunOptions): Promise<AxeResults>;
}

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** In both themes; afterwards the page is light, as it is by default. */
export async function expectAccessible(page: Page, screen: string): Promise<void> {
  await page.evaluate(AXE);
  const found: string[] = [];
  for (const colorScheme of ["dark", "light"] as const) {
    await page.emulateMedia({ colorScheme });
    // What fades in is judged when it is there: half-transparent text has no contrast.
    await settled(page);
    const { violations } = await page.evaluate(() =>
      (window as unknown as { axe: Axe }).axe.run({ rules: { "target-size": { enabled: true } } }),
    );
    for (const { id, help, nodes } of violations) {
      for (const { target } of nodes) found.push(`${screen}, ${colorScheme}: ${id} (${help}) at ${target.join(" ")}`);
    }
  }
  expect(found).toEqual([]);
}
