/** A call is begun, held and ended without a mouse. */
import type { Locator, Page } from "@playwright/test";
import { expect, test } from "../fixtures/call.ts";
import { expectMoving } from "../support/media.ts";

test("from the home page into a call and out of it by keyboard alone", async ({ person, server }) => {
  const alice = await person("Alice");
  const { page, home, room } = alice;
  await home.open(server.url);
  await press(page, home.newCall);
  await expect(room.joinCall).toBeVisible();

  await tabTo(page, room.name);
  await page.keyboard.type("Alice");
  await page.keyboard.press("Enter");
  await expect(room.leaveCall).toBeVisible();

  const bob = await person("Bob");
  await bob.room.openLobby(page.url());
  await bob.room.join("Bob");
  await expectMoving(alice, "Bob");

  await press(page, room.button("Turn off microphone"));
  await expect(bob.room.tile("Alice").getByText("Microphone off")).toBeAttached();
  await press(page, room.button("Turn on microphone"));
  await expect(bob.room.tile("Alice").getByText("Microphone off")).not.toBeAttached();

  await press(page, room.moreOptions);
  await expect(page.getByRole("dialog")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toBeHidden();
  await expect(room.moreOptions).toBeFocused();

  await press(page, room.leaveCall);
  await expect(bob.room.tile("Alice")).toHaveCount(0);
});

/** Goes to a control by Tab and presses it. */
async function press(page: Page, control: Locator): Promise<void> {
  await tabTo(page, control);
  await page.keyboard.press("Enter");
}

/** Presses Tab until the control has the focus; no more often than a patient person would. */
async function tabTo(page: Page, control: Locator): Promise<void> {
  await expect(control).toBeVisible();
  for (let tabs = 0; tabs < 40; tabs++) {
    if (await control.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  await expect(control, "the control should be reached by Tab").toBeFocused();
}
