/** The lobby is entered while the program is still on its way. */
import type { Page } from "@playwright/test";
import { expect, test } from "../fixtures/call.ts";
import { expectMoving } from "../support/media.ts";

const PROGRAM = "**/frontend-*.wasm";

test("who opens a link is announced before the program is there, and enters once", async ({ alice, person, room }) => {
  const bob = await person("Bob");
  const { said, heard } = frames(bob.page);
  const release = await hold(bob.page);
  await bob.page.goto(room);
  // Alice's greeting waits for a program that can read it.
  await expect.poll(() => heard.map(({ type }) => type)).toEqual(["welcome", "signal"]);
  expect(said.map(({ type }) => type)).toEqual(["enter"]);
  release();
  await expect(bob.page.getByText("Alice is in the call.")).toBeVisible();
  await bob.room.join("Bob");
  await expectMoving(alice, "Bob");
  expect(said.filter(({ type }) => type === "enter")).toHaveLength(1);
});

test("a reloaded tab takes the place of its former self at once", async ({ alice, bob }) => {
  const { said, heard } = frames(bob.page);
  const release = await hold(bob.page);
  await bob.page.reload();
  await expect.poll(() => heard.some(({ type }) => type === "welcome")).toBe(true);
  expect(said[0]).toMatchObject({ type: "enter", replaces: expect.any(String) });
  await expect(alice.room.tile("Bob")).toHaveCount(0);
  release();
  await bob.room.join("Bob");
  await expectMoving(alice, "Bob");
  expect(said.filter(({ type }) => type === "enter")).toHaveLength(1);
});

test("a link that is damaged, or waits for a phrase, enters nothing", async ({ person, room }) => {
  const carol = await person("Carol");
  const { said } = frames(carol.page);
  for (const link of [`${room}~`, room.slice(0, -1)]) {
    await carol.page.goto("about:blank");
    await carol.page.goto(link);
    await expect(carol.page.getByRole("heading").first()).toBeVisible();
  }
  expect(said).toEqual([]);
});

interface Message {
  type: string;
  replaces?: string;
}

/** What a page says and hears on its sockets, from now on. */
function frames(page: Page): { said: Message[]; heard: Message[] } {
  const frames = { said: [] as Message[], heard: [] as Message[] };
  page.on("websocket", (socket) => {
    socket.on("framesent", ({ payload }) => frames.said.push(JSON.parse(payload.toString()) as Message));
    socket.on("framereceived", ({ payload }) => frames.heard.push(JSON.parse(payload.toString()) as Message));
  });
  return frames;
}

/** Keeps the program back until the function it gives is called. */
async function hold(page: Page): Promise<() => void> {
  let release = (): void => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route(PROGRAM, async (route) => {
    await released;
    await route.continue();
  });
  return release;
}
