/** People write to each other, and whoever comes late reads it all. */
import { expect, test } from "../fixtures/call.ts";

test("two write, a third comes late and reads it", async ({ alice, bob, join }) => {
  await alice.room.chat.click();
  await expect(alice.room.message).toBeFocused();
  await alice.room.write("See https://tea.example/cups?for=2, <b>bold</b>");
  await expect(bob.page.getByRole("button", { name: "Chat, 1 unread" })).toBeVisible();

  await bob.room.chat.click();
  await expect(bob.room.messages).toContainText("<b>bold</b>");
  await expect(bob.room.messages.locator("b")).toHaveCount(0);
  const link = bob.room.messages.getByRole("link");
  await expect(link).toHaveAttribute("href", "https://tea.example/cups?for=2");
  await expect(link).toHaveAttribute("rel", "noopener noreferrer");
  await expect(link).toHaveAttribute("target", "_blank");
  await expect(bob.page.getByRole("button", { name: "Chat", exact: true })).toBeVisible();
  await bob.room.write("Two cups");
  await expect(alice.room.messages).toContainText("Two cups");

  await bob.room.leaveCall.click();
  const carol = await join("Carol");
  await carol.room.chat.click();
  const said = carol.room.messages.getByRole("article");
  await expect(said).toHaveCount(2);
  await expect(said.nth(0)).toContainText("Alice");
  await expect(said.nth(1)).toContainText("Two cups");
  await expect(said.nth(1)).toContainText("Passed on by Alice");
});

test("by keyboard alone, and the draft stays", async ({ alice, bob: _bob }) => {
  const { page, room } = alice;
  await room.chat.focus();
  await page.keyboard.press("Enter");
  await expect(room.message).toBeFocused();
  await page.keyboard.type("one");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("two");
  await page.keyboard.press("Escape");
  await expect(room.message).toHaveCount(0);
  await expect(room.chat).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(room.message).toHaveValue("one\ntwo");
  await page.keyboard.press("Enter");
  await expect(room.messages.getByRole("article")).toHaveText(/one\ntwo/);
  await expect(room.message).toHaveValue("");
});
