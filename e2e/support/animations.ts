/** Waits until a page stands still, so that nothing is judged or drawn half-way. */
import type { Page } from "@playwright/test";

/** Whatever moves has arrived; what moves for ever (a spinner) is left out. */
export async function settled(page: Page): Promise<void> {
  await page.evaluate(() =>
    Promise.all(
      document
        .getAnimations()
        .filter(({ effect }) => Number.isFinite(Number(effect?.getComputedTiming().endTime ?? 0)))
        .map(({ finished }) => finished.catch(() => undefined)),
    ),
  );
}
