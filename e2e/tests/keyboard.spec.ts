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

test("what has the focus can be seen, on the way through each screen", async ({ person, server, room: link, join }) => {
  const alice = await person("Alice");
  await alice.home.open(server.url);
  await expect(alice.home.newCall).toBeVisible();
  await expectFocusSeen(alice.page);
  await alice.room.openLobby(link);
  await expectFocusSeen(alice.page);
  await alice.room.join("Alice");
  await join("Bob");
  await expect(alice.room.tile("Bob")).toBeVisible();
  await expectFocusSeen(alice.page);
});

test("a dialog keeps the focus until it is closed", async ({ alice }) => {
  const { page, room } = alice;
  await room.moreOptions.click();
  await room.button("Settings").click();
  const dialog = page.getByRole("dialog", { name: "Settings" });
  await expect(dialog).toBeVisible();
  // The browser's own controls come in between, and are the body to the page.
  const where = (): Promise<string> =>
    page.evaluate(() => {
      const at = document.activeElement;
      return at === null || at === document.body || at.closest("dialog") !== null ? "" : at.outerHTML;
    });
  for (const key of ["Tab", "Shift+Tab"]) {
    for (let presses = 0; presses < 40; presses++) {
      await page.keyboard.press(key);
      expect(await where(), "the focus left the dialog").toBe("");
    }
  }
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
});

/** Goes through the page by Tab; whatever has the focus is framed. */
async function expectFocusSeen(page: Page): Promise<void> {
  const seen = new Set<string>();
  for (let tabs = 0; tabs < 30; tabs++) {
    await page.keyboard.press("Tab");
    const { what, framed } = await page.evaluate(() => {
      const at = document.activeElement ?? document.body;
      const { outlineStyle, outlineWidth } = getComputedStyle(at);
      // What only holds the place from where one goes on is no control.
      const isPlace = at === document.body || at.matches("main, aside, [tabindex='-1']");
      return { what: at.outerHTML, framed: isPlace || (outlineStyle !== "none" && parseFloat(outlineWidth) >= 2) };
    });
    expect(framed, `not to be seen: ${what}`).toBe(true);
    seen.add(what);
  }
  expect(seen.size, "some controls were reached").toBeGreaterThan(3);
}

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
