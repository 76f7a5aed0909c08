/** A pass phrase: the key is made of link and phrase, so the link alone opens nothing. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { expect, newLink, test } from "../fixtures/call.ts";
import { expectMoving } from "../support/media.ts";

const VECTOR = join(import.meta.dirname, "../../frontend/call/tests/golden/phrase.json");
const PHRASE = "marmalade at the first lighthouse";
/** The same, from another keyboard. */
const TYPED = " ｍarmalade at the ﬁrst\u00a0lighthouse ";

test("who has link and phrase is in the call, and nobody with the link alone", async ({ person, server }) => {
  const alice = await person("Alice");
  const said = [everythingSaid(alice.page)];
  await alice.home.open(server.url);
  await alice.page.getByRole("link", { name: "Begin with a pass phrase" }).click();
  await expect(alice.room.phrase).toBeFocused();
  await alice.page.keyboard.type(PHRASE);
  await alice.page.keyboard.press("Enter");
  await alice.room.join("Alice");
  await expect(alice.page).toHaveURL(/\/r\/[a-z]{3}-[a-z]{4}-[a-z]{3}#[\w-]{22}~$/);
  const link = await alice.page.getByRole("textbox", { name: "Call link" }).inputValue();
  expect(link).toBe(alice.page.url());
  await alice.room.button("Invite people").click();
  await expect(alice.page.getByRole("dialog", { name: "Invite people" })).toContainText("The link alone does not open this call");
  await alice.page.keyboard.press("Escape");

  const bob = await person("Bob");
  const bobs = everythingSaid(bob.page);
  said.push(bobs);
  await bob.page.goto(link);
  await expect(bob.page.getByRole("heading", { name: "This call has a pass phrase" })).toBeVisible();
  await expect(bob.room.phrase).toBeFocused();
  expect(bobs.sockets, "nothing is connected before the phrase").toBe(0);

  await bob.page.keyboard.press("Enter");
  await expect(bob.page.getByText("Type the phrase first.")).toBeVisible();
  await bob.page.keyboard.type("marmalade at the last lighthouse");
  await bob.page.keyboard.press("Enter");
  await expect(bob.page.getByText("That phrase does not open this call")).toBeVisible();
  await expect(bob.room.joinCall).toBeHidden();
  await expect(bob.room.phrase).toBeFocused();
  await expect(bob.room.phrase).toHaveAttribute("type", "password");
  await bob.room.button("Show").click();
  await expect(bob.room.phrase).toHaveAttribute("type", "text");
  await bob.room.phrase.fill(TYPED);
  await bob.room.button("Open").click();
  await expect(bob.page.getByText("Alice is in the call.")).toBeVisible();
  await bob.room.join("Bob");
  await expectMoving(alice, "Bob");
  await expectMoving(bob, "Alice");

  // The tab remembers the key, and nobody the phrase.
  await bob.page.reload();
  await expect(bob.room.joinCall).toBeVisible();
  await bob.room.join("Bob");
  await expectMoving(bob, "Alice");
  for (const { page } of [alice, bob]) {
    const [kept, forGood] = await page.evaluate(() => [sessionStorage, localStorage].map((all) => JSON.stringify({ ...all })));
    expect(kept).toContain("tincan.phrase.");
    expect(kept).not.toContain("lighthouse");
    expect(forGood).not.toContain("lighthouse");
    expect(forGood).not.toContain("tincan.phrase.");
  }
  for (const { all } of said) {
    expect(all.length).toBeGreaterThan(10);
    expect(all.filter((text) => /lighthouse|marmalade/.test(decodeURIComponent(text)))).toEqual([]);
  }
});

test("two who gave different phrases are both told, and can meet", async ({ person, server }) => {
  const link = `${newLink(server.url)}~`;
  const [alice, bob] = [await person("Alice"), await person("Bob")];
  await alice.page.goto(link);
  await alice.room.phrase.fill("one");
  await alice.room.button("Open").click();
  await alice.room.join("Alice");
  await bob.page.goto(link);
  await bob.room.phrase.fill("other");
  await bob.room.button("Open").click();
  await expect(bob.page.getByText("That phrase does not open this call")).toBeVisible();
  await expect(alice.page.getByText("Someone is here with another pass phrase")).toBeVisible();

  await alice.room.leaveCall.click();
  await alice.room.button("Join again").click();
  await expect(alice.page.getByText("That phrase does not open this call")).toBeVisible();
  await alice.room.phrase.fill("other");
  await alice.room.button("Open").click();
  await expect(alice.page.getByText(/One more person is getting ready/)).toBeVisible();
  await expect(bob.room.joinCall, "somebody with the same phrase came").toBeVisible();
  await alice.room.join("Alice");
  await bob.room.join("Bob");
  await expect(alice.room.tile("Bob")).toBeVisible();
});

test("somebody whose link lost its end is told apart from those with the phrase", async ({ person, server }) => {
  const link = newLink(server.url);
  const [alice, bob] = [await person("Alice"), await person("Bob")];
  await alice.page.goto(`${link}%7E`);
  await expect(alice.page, "one spelling").toHaveURL(`${link}~`);
  await alice.room.phrase.fill(PHRASE);
  await alice.room.button("Open").click();
  await alice.room.join("Alice");
  await bob.room.openLobby(link);
  await expect(alice.page.getByText("Someone is here with another pass phrase")).toBeVisible();
  await expect(alice.room.tiles).toHaveCount(1);
});

test("a phrase makes the key of the test vector", async ({ person, server }) => {
  const vector = JSON.parse(readFileSync(VECTOR, "utf8")) as Record<"link" | "typed" | "key", string>;
  const { page, room } = await person("Alice");
  await page.goto(server.url + vector.link);
  await room.phrase.fill(vector.typed);
  await room.button("Open").click();
  await expect(room.joinCall).toBeVisible();
  expect(await page.evaluate((name) => sessionStorage.getItem(name), `tincan.phrase.${vector.link}`)).toBe(vector.key);
});

/** Every frame a page sends, and every address and body it asks with. */
function everythingSaid(page: Page): { all: string[]; sockets: number } {
  const said = { all: [] as string[], sockets: 0 };
  page.on("websocket", (socket) => {
    said.sockets += 1;
    said.all.push(socket.url());
    socket.on("framesent", ({ payload }) => said.all.push(payload.toString()));
  });
  page.on("request", (request) => said.all.push(request.url(), request.postData() ?? ""));
  return said;
}
