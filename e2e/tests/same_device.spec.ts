/** "Same device as last time": a certificate that a browser keeps, for those who want to be recognised. */
import type { Locator, Page } from "@playwright/test";
import { type Person, expect, newLink, test } from "../fixtures/call.ts";
import { RoomPage } from "../pages/room.ts";

const SWITCH = "Be recognised next time";

test("who kept their device's certificate is recognised in another call, by those who do, too", async ({
  alice,
  bob,
  person,
  server,
}) => {
  for (const one of [alice, bob]) await turn(one);
  for (const one of [alice, bob]) await expect.poll(() => kept(one.page)).toBe(1);
  const first = await code(alice, "Bob");
  await expect(first.getByText("Same device"), "nothing is known of him yet").toHaveCount(0);
  await first.getByRole("button", { name: "They match", exact: true }).click();
  await alice.page.keyboard.press("Escape");
  for (const one of [alice, bob]) await one.page.close();

  const link = newLink(server.url);
  const again = await comeAgain(alice, link, "Alice");
  const robert = await comeAgain(bob, link, "Robert");
  const carol = await person("Carol");
  await carol.room.openLobby(link);
  await carol.room.join("Bob");
  const known = await code(again, "Robert");
  await expect(known.getByText("Same device as last time: Bob, Today")).toBeVisible();
  await expect(known.getByText("You have compared the safety code with this device before.")).toBeVisible();
  await again.page.keyboard.press("Escape");
  // The name alone is nothing.
  await expect((await code(again, "Bob")).getByText("Same device")).toHaveCount(0);
  await again.page.keyboard.press("Escape");
  const hers = await code(robert, "Alice");
  await expect(hers.getByText("Same device as last time: Alice, Today")).toBeVisible();
  await expect(hers.getByText("You have compared")).toHaveCount(0);
  await robert.page.keyboard.press("Escape");

  // Turned off, all of it is forgotten.
  await turn(robert);
  await expect.poll(() => kept(robert.page)).toBe(0);
  expect(await robert.page.evaluate(() => localStorage.getItem("tincan.seen"))).toBeNull();
  await robert.page.close();
  const stranger = await comeAgain(bob, link, "Stranger");
  await expect((await code(again, "Stranger")).getByText("Same device")).toHaveCount(0);
  await expect((await code(stranger, "Alice")).getByText("Same device")).toHaveCount(0);
});

test("nothing of it is kept by those who did not turn it on", async ({ alice, bob }) => {
  await code(alice, "Bob");
  await code(bob, "Alice");
  for (const { page } of [alice, bob]) {
    expect(await page.evaluate(async () => (await indexedDB.databases()).length)).toBe(0);
    expect(await page.evaluate(() => localStorage.getItem("tincan.seen"))).toBeNull();
  }
});

/** Somebody's browser, with what it keeps, in another tab. */
async function comeAgain(who: Person, link: string, name: string): Promise<Person> {
  const page = await who.context.newPage();
  const room = new RoomPage(page);
  await room.openLobby(link);
  await room.join(name);
  return { ...who, page, room };
}

/** The menu of somebody, once there is a code with them. */
async function code({ page, room }: Person, of: string): Promise<Locator> {
  await room.button(`Options for ${of}`).focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: `Options for ${of}`, exact: true });
  await expect(dialog.getByRole("list", { name: "Safety code" }).getByRole("listitem")).toHaveCount(7);
  return dialog;
}

/** Turns the switch of the settings. */
async function turn({ page, room }: Person): Promise<void> {
  await room.moreOptions.click();
  await room.button("Settings").click();
  const dialog = page.getByRole("dialog", { name: "Settings" });
  await dialog.getByRole("switch", { name: SWITCH }).click();
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
}

/** How many certificates this browser keeps. */
function kept(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const place = "tincan.certificate";
    if (!(await indexedDB.databases()).some(({ name }) => name === place)) return 0;
    const opened = await new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open(place);
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error ?? new Error("it does not open"));
    });
    const count = await new Promise<number>((resolve, reject) => {
      const request = opened.transaction(place).objectStore(place).count();
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error ?? new Error("it does not count"));
    });
    opened.close();
    return count;
  });
}
