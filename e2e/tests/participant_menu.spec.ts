/** The menu of a participant: over what the connection goes, and how it was made. */
import { expect, newLink, test } from "../fixtures/call.ts";
import { expectMoving, expectRemoteAudio, received } from "../support/media.ts";
import { RELAYS_HERE, hide } from "../support/relay.ts";

const STEPS = [
  "Reach the server",
  "Enter the room",
  "Find addresses",
  "Offer",
  "Answer",
  "Try ways",
  "Agree on keys",
  "First sound",
  "First picture",
];

test("a direct call says so, and tells each step of how it was made", async ({ alice, bob }) => {
  await expectMoving(alice, "Bob");
  await expectMoving(bob, "Alice");
  const button = alice.room.button("Options for Bob");
  await button.focus();
  await alice.page.keyboard.press("Enter");
  const dialog = alice.page.getByRole("dialog", { name: "Options for Bob", exact: true });
  await expect(dialog.getByText(/^Direct, \d+ ms$/)).toBeVisible();
  await expect(dialog.getByRole("rowheader")).toHaveText(STEPS);
  await expect(dialog.getByRole("cell", { name: /^\d+ ms$/ })).toHaveCount(2 * STEPS.length);
  await expect(dialog.locator(":focus")).toHaveCount(1);

  await alice.page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expect(button).toBeFocused();
});

test("somebody is turned down or muted for oneself alone", async ({ alice, bob, join }) => {
  await expectRemoteAudio(alice, "Bob");
  await alice.room.button("Options for Bob").focus();
  await alice.page.keyboard.press("Enter");
  const dialog = alice.page.getByRole("dialog", { name: "Options for Bob" });
  const slider = dialog.getByRole("slider", { name: "Volume of Bob" });
  await slider.focus();
  for (let press = 0; press < 10; press++) await alice.page.keyboard.press("ArrowLeft");
  const player = alice.room.tile("Bob").locator("audio");
  await expect(player).toHaveJSProperty("volume", 0.5);
  const mute = dialog.getByRole("switch", { name: "Mute for me" });
  await mute.press("Space");
  await expect.poll(async () => (await received(alice.room.tile("Bob")))?.audible).toBe(false);
  await alice.page.keyboard.press("Escape");
  await expect(alice.room.tile("Bob").getByText("Muted for you")).toBeAttached();

  const carol = await join("Carol");
  await expectRemoteAudio(carol, "Bob");
  await expectRemoteAudio(alice, "Carol");
  expect((await received(alice.room.tile("Bob")))?.audible, "it holds").toBe(false);

  await alice.room.button("Options for Bob").click();
  await expect(slider).toHaveValue("50");
  await mute.click();
  await expectRemoteAudio(alice, "Bob");
  await expect(player).toHaveJSProperty("volume", 0.5);
  await expectMoving(bob, "Alice");

  await alice.page.reload();
  await alice.room.join("Alice");
  await expect(player, "this tab remembers").toHaveJSProperty("volume", 0.5);
  await expect(alice.room.tile("Carol").locator("audio")).toHaveJSProperty("volume", 1);
});

test("a relayed call says over what", async ({ join, startServer }) => {
  const link = newLink((await startServer(...RELAYS_HERE)).url);
  const alice = await join("Alice", { link });
  const bob = await join("Bob", { link, scripts: [hide] });
  await expectMoving(bob, "Alice");
  await bob.room.button("Options for Alice").click();
  await expect(bob.page.getByText(/^Through the relay over (UDP|TCP), \d+ ms$/)).toBeVisible();
  await alice.room.button("Options for Bob").click();
  await expect(alice.page.getByText(/^Through the relay, \d+ ms$/)).toBeVisible();
});
