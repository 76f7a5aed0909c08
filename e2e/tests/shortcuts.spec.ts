/** Keys of the call: what they press, when they rest, and the sheet that tells of them. */
import { expect, test } from "../fixtures/call.ts";

test("letters press the buttons, and rest in fields, with modifiers and under dialogs", async ({ alice, bob }) => {
  const { page, room } = alice;
  const { keyboard } = page;
  const ofAlice = bob.room.tile("Alice");

  await keyboard.press("m");
  await expect(ofAlice.getByText("Microphone off")).toBeAttached();
  await keyboard.press("m");
  await expect(ofAlice.getByText("Microphone off")).not.toBeAttached();
  await keyboard.press("v");
  await expect(ofAlice.getByText("Camera off")).toBeAttached();
  await keyboard.press("v");
  await expect(ofAlice.getByText("Camera off")).not.toBeAttached();
  await keyboard.press("s");
  await expect(bob.room.screen("Alice")).toBeVisible();
  await keyboard.press("s");
  await expect(bob.room.screen("Alice")).toHaveCount(0);
  await room.moreOptions.focus();
  await keyboard.press("p");
  await expect(page.getByRole("complementary", { name: "People" })).toBeFocused();
  await keyboard.press("p");
  await expect(page.getByRole("complementary", { name: "People" })).toBeHidden();
  await expect(room.moreOptions, "the focus is where it was").toBeFocused();
  await keyboard.press("c");
  await expect(room.message).toBeFocused();
  await keyboard.press("c");
  await expect(room.message).toHaveValue("c");
  await keyboard.press("Escape");

  await keyboard.press("?");
  const sheet = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await expect(sheet.getByText("Microphone on or off")).toBeVisible();
  await keyboard.press("m");
  await keyboard.press("Shift+L");
  await keyboard.press("Escape");
  await expect(sheet).toBeHidden();

  await room.moreOptions.click();
  await page.getByRole("textbox", { name: "Your name" }).fill("");
  await keyboard.type("Mavis Lump");
  await page.getByRole("button", { name: "Keyboard shortcuts" }).click();
  await expect(sheet).toBeVisible();
  await keyboard.press("Escape");
  await expect(bob.room.tile("Mavis Lump")).toBeVisible();

  await keyboard.press("Control+m");
  await keyboard.press("Alt+v");
  await keyboard.press("l");
  await expect(room.button("Turn off microphone")).toBeVisible();
  await expect(room.button("Turn off camera")).toBeVisible();
  await keyboard.press("Shift+L");
  await expect(page.getByText(/You left the call/)).toBeVisible();
});

test("who is muted speaks while Space is held, and a focused button keeps its Space", async ({ alice, bob }) => {
  const { page, room } = alice;
  const off = bob.room.tile("Alice").getByText("Microphone off");
  await page.keyboard.press("m");
  await expect(off).toBeAttached();

  await page.keyboard.down("Space");
  await expect(off).not.toBeAttached();
  await page.keyboard.down("Space");
  await expect(room.button("Turn off microphone")).toBeVisible();
  await page.keyboard.up("Space");
  await expect(off).toBeAttached();
  await expect(room.button("Turn on microphone")).toBeVisible();

  await room.people.focus();
  await page.keyboard.press("Space");
  await expect(page.getByRole("complementary", { name: "People" })).toBeVisible();
  await expect(off).toBeAttached();
  await page.keyboard.press("Escape");

  // A window that loses the focus hears of no key any more.
  await page.getByRole("main").focus();
  await page.keyboard.down("Space");
  await expect(off).not.toBeAttached();
  await page.evaluate(() => window.dispatchEvent(new Event("blur")));
  await expect(off).toBeAttached();
});
