/** Names are text and never markup, and a name that looks like another is marked. */
import type { Locator } from "@playwright/test";
import { type Person, expect, test } from "../fixtures/call.ts";

/** Joins under a name that somebody types. */
async function joinAs(person: Person, link: string, name: string): Promise<void> {
  await person.room.openLobby(link);
  await person.room.join(name);
}

/** The row of somebody in the panel "People", which is open. */
function row({ page }: Person, name: string): Locator {
  const panel = page.getByRole("complementary", { name: "People" });
  return panel.getByRole("listitem").filter({ hasText: name });
}

const BADGE = "Looks like another name";

test("a name that looks like another is marked wherever it is read", async ({ alice, bob, person, room }) => {
  await expect(alice.room.tile("Bob")).toBeVisible();
  await expect(alice.page.getByText(BADGE)).toHaveCount(0);
  const carol = await person("Carol");
  // Two of its letters are Cyrillic.
  await joinAs(carol, room, "Воb");
  await alice.room.people.click();
  for (const name of ["Bob", "Воb"]) {
    await expect(alice.room.tile(name).getByText(BADGE)).toBeVisible();
    await expect(row(alice, name).getByText(BADGE)).toBeVisible();
  }
  await expect(bob.room.tile("Воb").getByText(BADGE), "like one's own").toBeVisible();
  await expect(bob.room.tile("Alice").getByText(BADGE)).toHaveCount(0);

  await alice.room.button("Options for Воb").focus();
  await alice.page.keyboard.press("Enter");
  const menu = alice.page.getByRole("dialog", { name: "Options for Воb", exact: true });
  await expect(menu.getByText("Compare the safety code before you trust who it is.")).toBeVisible();
  await alice.page.keyboard.press("Escape");

  // By itself it is strange all the same.
  await bob.room.leaveCall.click();
  await expect(alice.room.tile("Воb").getByText("Letters of two alphabets")).toBeVisible();
  await expect(alice.page.getByText(BADGE)).toHaveCount(0);
});

test("it is marked before anybody lets it in, and everybody inside sees who knocks", async ({ alice, bob, person, room }) => {
  await alice.room.people.click();
  await alice.room.button("Lock call").click();
  const carol = await person("Carol");
  await carol.room.openLobby(room);
  await carol.room.name.fill("B0b");
  await carol.room.joinCall.click();
  for (const { page } of [alice, bob]) {
    await expect(page.getByText("B0b wants to join").filter({ hasText: BADGE })).toBeVisible();
  }
  await expect(alice.room.button("Let in: B0b")).toBeVisible();
  await expect(bob.room.button("Let in")).toHaveCount(0);
  await alice.room.button("Not now: B0b").click();
  await expect(bob.page.getByText("B0b wants to join")).toHaveCount(0);
});

test("a name that is markup is read as it was written", async ({ alice, person, room }) => {
  const carol = await person("Carol");
  const name = "<b>x</b><img src=x onerror=alert(1)>";
  await joinAs(carol, room, name);
  await expect(alice.room.tile(name)).toBeVisible();
  await alice.room.people.click();
  await expect(row(alice, name)).toBeVisible();
  await expect(alice.page.locator("b, img[src=x]")).toHaveCount(0);
});
