/** The menu of a participant: over what the connection goes, and how it was made. */
import { expect, newLink, test } from "../fixtures/call.ts";
import { expectMoving } from "../support/media.ts";
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
