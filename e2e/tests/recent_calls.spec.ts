/** The calls one was in lately stand on the home page, in this browser alone, until they are forgotten. */
import { expect, newLink, test } from "../fixtures/call.ts";
import { HomePage } from "../pages/home.ts";

test("a call that was joined is found again with its key, and forgotten when one says so", async ({ person, server }) => {
  const alice = await person("Alice");
  const home = new HomePage(alice.page);
  await home.open(server.url);
  await expect(home.recent).toHaveCount(0);

  const links = [newLink(server.url), newLink(server.url)];
  for (const link of links) {
    await alice.room.openLobby(link);
    await alice.room.join("Alice");
    await alice.room.leaveCall.click();
  }
  // Looking at a lobby is not being in a call.
  await alice.room.openLobby(newLink(server.url));
  await expect(alice.page.locator("link[rel=stylesheet][href*=call]:not([disabled])")).toBeAttached();

  await home.open(server.url);
  const rooms = links.map((link) => new URL(link).pathname.replace("/r/", "")).reverse();
  await expect(home.recent.getByRole("link")).toHaveText(rooms);
  await expect(home.recent.getByText("Today")).toHaveCount(2);

  await home.recent.getByRole("link", { name: rooms[1] ?? "" }).click();
  await expect(alice.room.joinCall).toBeVisible();
  expect(alice.page.url()).toBe(links[0]);

  await home.open(server.url);
  await home.recent.getByRole("button", { name: `Forget ${rooms[0]}` }).click();
  await expect(home.recent.getByRole("link")).toHaveText(rooms.slice(1));
  await expect(home.recent.getByRole("heading")).toBeFocused();
  await alice.page.reload();
  await expect(home.recent.getByRole("link")).toHaveText(rooms.slice(1));

  await home.recent.getByRole("button", { name: "Forget all" }).click();
  await expect(home.recent).toHaveCount(0);
  expect(await alice.page.evaluate(() => localStorage.getItem("tincan.recent"))).toBeNull();
});
