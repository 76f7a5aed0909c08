/** The safety code: the same on both screens, and a mark that goes when its reason does. */
import type { Locator } from "@playwright/test";
import { type Person, expect, test } from "../fixtures/call.ts";
import { expectMoving } from "../support/media.ts";

/** The menu of somebody, opened. */
async function menu({ page, room }: Person, of: string): Promise<Locator> {
  await room.button(`Options for ${of}`).focus();
  await page.keyboard.press("Enter");
  return page.getByRole("dialog", { name: `Options for ${of}`, exact: true });
}

/** The pictures' names, once there are seven. */
async function code(dialog: Locator): Promise<string[]> {
  const pictures = dialog.getByRole("list", { name: "Safety code" }).getByRole("listitem");
  await expect(pictures).toHaveCount(7);
  return pictures.allInnerTexts();
}

test("both screens show the same seven, and who compared them is marked until they reload", async ({ alice, bob }) => {
  await expectMoving(alice, "Bob");
  const dialog = await menu(alice, "Bob");
  const seven = await code(dialog);
  const his = await menu(bob, "Alice");
  expect(await code(his)).toEqual(seven);
  await bob.page.keyboard.press("Escape");

  const match = dialog.getByRole("button", { name: "They match", exact: true });
  await expect(match).toHaveAttribute("aria-pressed", "false");
  await match.focus();
  await alice.page.keyboard.press("Enter");
  await expect(match).toHaveAttribute("aria-pressed", "true");
  await expect(match).toBeFocused();
  await expect(dialog.getByRole("status").filter({ hasText: "You compared the code with Bob" })).toBeVisible();
  await alice.page.keyboard.press("Escape");

  const mark = alice.room.tile("Bob").getByRole("img", { name: "Verified" });
  await expect(mark).toBeVisible();
  await alice.room.people.click();
  const people = alice.page.getByRole("complementary", { name: "People" });
  await expect(people.getByRole("listitem").filter({ hasText: "Bob" }).getByRole("img", { name: "Verified" })).toBeVisible();
  await alice.room.people.click();
  // What one person saw says nothing to the other.
  await expect(bob.page.getByRole("img", { name: "Verified" })).toHaveCount(0);

  await bob.page.reload();
  await bob.room.join("Bob");
  await expect(alice.page.getByText("Bob is not verified any more.")).toBeVisible();
  await expect(mark).toHaveCount(0);
  const anew = await menu(alice, "Bob");
  expect(await code(anew)).not.toEqual(seven);
});

test("whoever sees another code is told what to do", async ({ alice, bob: _bob }) => {
  const dialog = await menu(alice, "Bob");
  await code(dialog);
  await dialog.getByRole("button", { name: "They do not match" }).click();
  await expect(dialog.getByText("somebody may be listening in between")).toBeVisible();
  await expect(dialog.getByText("Leave this call, begin a new one")).toBeVisible();
  await alice.page.keyboard.press("Escape");
  await expect(alice.page.getByRole("img", { name: "Verified" })).toHaveCount(0);
});
