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

test("a message says when, can be copied, and new ones are announced to whoever reads old ones", async ({ join }) => {
  const permissions = ["camera", "microphone", "clipboard-read", "clipboard-write"];
  const alice = await join("Alice", { permissions });
  const bob = await join("Bob");
  for (const { room } of [alice, bob]) await room.chat.click();
  await bob.room.write("Tea at the old mill");
  const said = alice.room.messages.getByRole("article").last();
  await expect(said).toContainText("Tea at the old mill");
  const now = await alice.page.evaluate(() => new Date().getHours() * 60 + new Date().getMinutes());
  const [hours = NaN, minutes = NaN] = (await said.locator("time").innerText()).split(":").map(Number);
  expect([0, 1]).toContain((now - (hours * 60 + minutes) + 24 * 60) % (24 * 60));
  await said.getByRole("button", { name: "Copy message" }).click();
  await expect.poll(() => alice.page.evaluate(() => navigator.clipboard.readText())).toBe("Tea at the old mill");

  for (let line = 1; line <= 30; line++) await bob.room.write(`Line ${line}`);
  await expect(alice.room.messages.getByText("Line 30")).toBeInViewport();
  await alice.room.messages.evaluate((log) => log.scrollTo({ top: 0 }));
  await bob.room.write("The last one");
  const news = alice.room.button("New messages");
  await expect(news).toBeVisible();
  await expect(alice.room.messages.getByText("The last one")).not.toBeInViewport();
  await news.click();
  await expect(alice.room.messages.getByText("The last one")).toBeInViewport();
  await expect(news).toHaveCount(0);
});

test("nobody puts words in another's mouth", async ({ alice, bob, join }) => {
  const mallory = await join("Mallory", { scripts: [forge] });
  for (const { room } of [alice, bob, mallory]) await room.chat.click();
  await mallory.room.write("What I mean");
  for (const { room } of [alice, bob]) await expect(room.messages).toContainText("What I mean");
  await mallory.page.evaluate(() => {
    document.documentElement.dataset["forges"] = "yes";
  });
  await mallory.room.write("What nobody signed");
  await bob.room.write("After it");
  await expect(alice.room.messages).toContainText("After it");
  for (const { room } of [alice, bob]) await expect(room.messages).not.toContainText("What nobody signed");
});

/** Before the page's own scripts: once told, it signs something else than what it sends. */
function forge(): void {
  // The empty page before it signs nothing.
  if (!isSecureContext) return;
  const sign = SubtleCrypto.prototype.sign;
  SubtleCrypto.prototype.sign = function (how, key, data) {
    const bytes = ArrayBuffer.isView(data)
      ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice()
      : new Uint8Array(data).slice();
    if (document.documentElement.dataset["forges"] === "yes") bytes.reverse();
    return sign.call(this, how, key, bytes);
  };
}
