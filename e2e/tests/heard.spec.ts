/** What those who do not look are told, what they can keep quiet, and what forced colours must not take away. */
import { type Person, expect, test } from "../fixtures/call.ts";

test("a switch that is on looks otherwise than one that is off, also where colours are forced", async ({ join }) => {
  const alice = await join("Alice", { forcedColors: "active" });
  await openSettings(alice);
  const toggle = alice.page.getByRole("switch", { name: "Save data" });
  await toggle.click();
  await alice.page.mouse.move(0, 0);
  await expect(toggle).toBeChecked();
  const on = await toggle.screenshot();
  await toggle.click();
  await alice.page.mouse.move(0, 0);
  await expect(toggle).not.toBeChecked();
  const off = await toggle.screenshot();
  expect(on.equals(off), "on and off are the same picture").toBe(false);
});

test("who turns the shortcuts off presses nothing by a letter, also after a reload", async ({ alice, bob }) => {
  const { page, room } = alice;
  const off = bob.room.tile("Alice").getByText("Microphone off");
  await page.keyboard.press("?");
  const sheet = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  const shortcuts = sheet.getByRole("switch", { name: "Keyboard shortcuts" });
  await expect(shortcuts).toBeChecked();
  await shortcuts.click();
  await page.keyboard.press("Escape");
  await expect(sheet).toBeHidden();
  await page.keyboard.press("m");
  await page.keyboard.press("Shift+L");
  await page.keyboard.press("?");
  await expect(sheet).toBeHidden();

  await page.reload();
  await room.join("Alice");
  await page.keyboard.press("m");
  // What is pressed with the mouse comes after it, so the letter did nothing.
  await room.turn("off", "camera");
  await expect(bob.room.tile("Alice").getByText("Camera off")).toBeAttached();
  await expect(off).toHaveCount(0);

  await openSettings(alice);
  await page.getByRole("switch", { name: "Keyboard shortcuts" }).click();
  await page.keyboard.press("Escape");
  await page.keyboard.press("m");
  await expect(off).toBeAttached();
});

test("a raised hand is said, and not to those who want fewer announcements", async ({ alice, bob, join }) => {
  const carol = await join("Carol");
  await openSettings(carol);
  await carol.page.getByRole("switch", { name: "Fewer announcements" }).click();
  await carol.page.keyboard.press("Escape");
  await expect(carol.room.tile("Bob")).toBeVisible();

  await bob.room.moreOptions.click();
  await bob.room.button("Raise hand").click();
  await expect(alice.page.getByRole("status").getByText("Bob raised a hand")).toBeVisible();
  await expect(carol.room.tile("Bob").getByRole("img", { name: "Hand raised" })).toBeVisible();
  await expect(carol.page.getByText("Bob raised a hand")).toHaveCount(0);
  await expect(alice.page.getByText("Bob raised a hand"), "it goes by itself").toHaveCount(0);
});

test("who comes and who goes is said", async ({ alice, bob, join }) => {
  const notices = alice.page.getByRole("status", { name: "Notices" });
  await expect(alice.room.tile("Bob")).toBeVisible();
  const carol = await join("Carol");
  await expect(notices.getByText("Carol joined")).toBeVisible();
  await carol.room.leaveCall.click();
  await expect(notices.getByText("Carol left")).toBeVisible();

  const reactions = alice.room.tile("Bob").locator(".tile-reactions");
  await expect(reactions).not.toHaveAttribute("aria-live", "off");
  await openSettings(alice);
  await alice.page.getByRole("switch", { name: "Fewer announcements" }).click();
  await alice.page.keyboard.press("Escape");
  await expect(reactions).toHaveAttribute("aria-live", "off");
  await bob.room.leaveCall.click();
  await expect(alice.room.tile("Bob")).toHaveCount(0);
  await expect(alice.page.getByText("Bob left")).toHaveCount(0);
});

test("a message is said while the chat is closed, and said once by the chat while it is open", async ({ alice, bob }) => {
  const said = (text: string) => alice.page.getByRole("status").getByText(`Bob: ${text}`);
  await bob.room.chat.click();
  await bob.room.write("Tea?");
  await expect(said("Tea?")).toBeAttached();

  await alice.room.chat.click();
  await expect(alice.room.messages.getByText("Tea?")).toBeVisible();
  await bob.room.write("With milk");
  await expect(alice.room.messages.getByText("With milk")).toBeVisible();
  await expect(said("With milk")).toHaveCount(0);
  await alice.room.chat.click();

  await openSettings(alice);
  await alice.page.getByRole("switch", { name: "Fewer announcements" }).click();
  await alice.page.keyboard.press("Escape");
  await bob.room.write("Or sugar");
  await expect(alice.room.button("Chat, 1 unread")).toBeVisible();
  await expect(said("Or sugar")).toHaveCount(0);
});

test("what will say something is there before it has anything to say", async ({ alice, bob }) => {
  await expect(bob.room.tile("Alice")).toBeVisible();
  for (const name of ["Connection to the server", "Camera and microphone"]) {
    await expect(alice.page.getByRole("status", { name })).toHaveCount(1);
  }
  const state = alice.room.tile("Bob").locator(".tile-state");
  await expect(state).toHaveText("");
  expect(await state.evaluate((element) => getComputedStyle(element).display)).not.toBe("none");
});

async function openSettings({ page, room }: Person): Promise<void> {
  await room.moreOptions.click();
  await room.button("Settings").click();
  await expect(page.getByRole("dialog", { name: "Settings" })).toBeVisible();
}
