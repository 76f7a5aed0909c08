/** The call on the whole screen, and a screen that does not go dark. */
import type { Page } from "@playwright/test";
import { expect, test } from "../fixtures/call.ts";

declare global {
  interface Window {
    /** Wake locks that are held. */
    tincanLocks?: Set<object>;
  }
}

test("the page takes the whole screen by button or key, and gives it back", async ({ alice }) => {
  const { page, room } = alice;
  await room.button("Full screen").click();
  await expect.poll(() => page.evaluate(() => document.fullscreenElement !== null)).toBe(true);
  await room.button("Leave full screen").click();
  await expect.poll(() => page.evaluate(() => document.fullscreenElement !== null)).toBe(false);
  await page.keyboard.press("f");
  await expect(room.button("Leave full screen")).toBeVisible();
  await page.keyboard.press("f");
  await expect(room.button("Full screen")).toBeVisible();
});

test("the screen stays on during the call and no longer, also after the tab was away", async ({ person, room }) => {
  const alice = await person("Alice", { scripts: [countLocks] });
  await alice.room.openLobby(room);
  await expect.poll(() => locks(alice.page)).toBe(0);
  await alice.room.join("Alice");
  await expect.poll(() => locks(alice.page)).toBe(1);
  // As a browser does when another tab is shown: it takes the lock away.
  await alice.page.evaluate(() => {
    window.tincanLocks?.clear();
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await expect.poll(() => locks(alice.page)).toBe(1);
  await alice.room.leaveCall.click();
  await expect.poll(() => locks(alice.page)).toBe(0);
});

function locks(page: Page): Promise<number | undefined> {
  return page.evaluate(() => window.tincanLocks?.size);
}

/** Stands in for the browser's wake lock, which depends on the machine, and counts. */
function countLocks(): void {
  const held = new Set<object>();
  window.tincanLocks = held;
  const request = async (): Promise<object> => {
    const lock = {
      release: async (): Promise<void> => {
        held.delete(lock);
      },
    };
    held.add(lock);
    return lock;
  };
  Object.defineProperty(navigator, "wakeLock", { value: { request } });
}
