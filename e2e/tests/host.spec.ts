/** Whoever opens a call decides in it: who comes in, who goes, and whose microphone rests. */
import type { Locator } from "@playwright/test";
import { type Person, expect, newLink, test } from "../fixtures/call.ts";
import { RoomPage } from "../pages/room.ts";
import { expectMoving } from "../support/media.ts";
import { reverseProxy } from "../support/reverse_proxy.ts";

/** The row of somebody in the panel "People", which is opened if need be. */
async function row(person: Person, name: string): Promise<Locator> {
  const panel = person.page.getByRole("complementary", { name: "People" });
  if ((await panel.count()) === 0) await person.room.people.click();
  return panel.getByRole("listitem").filter({ hasText: name });
}

async function expectHost(person: Person, name: string): Promise<void> {
  await expect((await row(person, name)).getByText("Host", { exact: true })).toBeVisible();
}

async function expectNoHost(person: Person, name: string): Promise<void> {
  await expect((await row(person, name)).getByText("Host", { exact: true })).toHaveCount(0);
}

/** Presses a button of the panel "People". */
async function press(person: Person, name: string): Promise<void> {
  await row(person, "(you)");
  await person.room.button(name).click();
}

/** Goes to the lobby and presses the button, and waits to be let in. */
async function knock(person: Person, room: string): Promise<void> {
  await person.room.openLobby(room);
  await person.room.name.fill(person.name);
  await person.room.joinCall.click();
  await expect(person.page.getByText("We have asked the people inside to let you in.")).toBeVisible();
}

test("who opens a call is its host, also after a reload, and shares or hands over the role", async ({ alice, bob }) => {
  await expectHost(bob, "Alice");
  await expectNoHost(bob, "Bob (you)");
  await alice.page.reload();
  await alice.room.join("Alice");
  await expectHost(bob, "Alice");
  await expectHost(alice, "Alice (you)");

  await press(alice, "Make host: Bob");
  await expectHost(bob, "Bob (you)");
  await press(alice, "Stop being host");
  await expectNoHost(bob, "Alice");
  await expectHost(bob, "Bob (you)");
  await expect(alice.room.button("Lock call")).toHaveCount(0);
});

test("the role passes on when the host leaves", async ({ alice, bob }) => {
  await expectHost(bob, "Alice");
  await alice.room.leaveCall.click();
  await expectHost(bob, "Bob (you)");
  await expect(bob.room.button("Lock call")).toBeVisible();
});

test("in a locked call people knock by name and are let in, one or all, or not now", async ({ alice, bob, person, room }) => {
  await press(alice, "Lock call");
  await expect(bob.page.getByText("The call is locked.", { exact: false })).toHaveCount(0);
  await row(bob, "(you)");
  await expect(bob.page.getByText("Whoever comes has to be let in.")).toBeVisible();

  const carol = await person("Carol");
  await knock(carol, room);
  await expect(alice.page.getByText("Carol wants to join")).toBeVisible();
  await expect(bob.room.button("Let in")).toHaveCount(0);
  expect(await carol.page.evaluate(() => (window.tincanConnections ?? []).length), "nothing is warmed").toBe(0);
  await alice.room.button("Not now: Carol").click();
  await expect(carol.page.getByText("You were not let in this time.")).toBeVisible();

  await carol.room.joinCall.click();
  await carol.room.button("Stop waiting").click();
  await expect(carol.room.joinCall).toBeVisible();
  await expect(alice.page.getByText("Carol wants to join")).toHaveCount(0);

  await carol.room.joinCall.click();
  await alice.room.button("Let in: Carol").click();
  await expectMoving(carol, "Alice");
  await expectMoving(bob, "Carol");
});

test("all who wait are let in at once", async ({ alice, person, room }) => {
  await press(alice, "Lock call");
  const waiting = [await person("Carol"), await person("Dave")];
  for (const someone of waiting) await knock(someone, room);
  await alice.room.button("Let all in").click();
  for (const someone of waiting) await expectMoving(alice, someone.name);
});

test("who is removed is told so, and has to knock to come back", async ({ alice, bob }) => {
  await expectMoving(alice, "Bob");
  await press(alice, "Remove: Bob");
  await alice.room.button("Yes, remove Bob").click();
  await expect(bob.page.getByRole("heading", { name: "You were removed from the call" })).toBeVisible();
  await expect(alice.room.tile("Bob")).toHaveCount(0);

  await bob.room.button("Ask to come back").click();
  await bob.room.joinCall.click();
  await expect(alice.page.getByText(/Bob wants to join.*removed/)).toBeVisible();
  await expect(alice.room.tile("Bob")).toHaveCount(0);
  await alice.room.button("Let in: Bob").click();
  await expectMoving(alice, "Bob");
});

test("who was removed stays out after every reload", async ({ alice, bob }) => {
  await expectMoving(alice, "Bob");
  await press(alice, "Remove: Bob");
  await alice.room.button("Yes, remove Bob").click();
  await expect(bob.page.getByRole("heading", { name: "You were removed from the call" })).toBeVisible();
  // The second one no longer comes from the page that was removed.
  for (const time of ["first", "second"]) {
    await test.step(`the ${time} reload`, async () => {
      await bob.page.reload();
      await bob.room.joinCall.click();
      await expect(bob.page.getByText("We have asked the people inside to let you in.")).toBeVisible();
      await expect(alice.page.getByText(/Bob wants to join.*removed/)).toBeVisible();
      await expect(alice.room.tile("Bob")).toHaveCount(0);
    });
  }
  await alice.room.button("Let in: Bob").click();
  await expectMoving(alice, "Bob");
});

test("who was removed stays out in another tab, too", async ({ person, startServer }) => {
  // Everybody comes from this machine, which counts for no address; proxies bring them from elsewhere.
  const server = await startServer("--trusted-proxy", "127.0.0.0/8");
  const his = await reverseProxy(server, "198.51.100.7");
  const hers = await reverseProxy(server, "198.51.100.8");
  const link = newLink(server.url);
  try {
    const alice = await person("Alice");
    const bob = await person("Bob");
    await alice.room.openLobby(link);
    await alice.room.join("Alice");
    await bob.room.openLobby(link.replace(server.url, his.url));
    await bob.room.join("Bob");
    await press(alice, "Remove: Bob");
    await alice.room.button("Yes, remove Bob").click();
    await expect(bob.page.getByRole("heading", { name: "You were removed from the call" })).toBeVisible();
    await bob.page.close();

    const page = await bob.context.newPage();
    const again = { ...bob, page, room: new RoomPage(page) };
    await knock(again, link.replace(server.url, his.url));
    await expect(alice.page.getByText(/Bob wants to join.*removed/)).toBeVisible();
    await expect(alice.room.tile("Bob")).toHaveCount(0);
    // Somebody from elsewhere is no concern of it.
    const carol = await person("Carol");
    await carol.room.openLobby(link.replace(server.url, hers.url));
    await carol.room.join("Carol");
    await alice.room.button("Let in: Bob").click();
    await expect(alice.room.tile("Bob")).toBeVisible();
  } finally {
    his.stop();
    hers.stop();
  }
});

test("who knocks without the key hears nothing of who is inside", async ({ alice, bob: _bob, person, room, server }) => {
  await expectMoving(alice, "Bob");
  await press(alice, "Lock call");
  const carol = await person("Carol");
  await carol.home.open(server.url);
  const name = new URL(room).pathname.replace("/r/", "");
  const frames: string[] = [];
  carol.page.on("websocket", (socket) => socket.on("framereceived", ({ payload }) => frames.push(payload.toString())));
  await carol.page.evaluate(
    ({ url, name }) => {
      const socket = new WebSocket(`${url.replace("http", "ws")}/ws`, "tincan.v1");
      socket.onopen = () => {
        socket.send(JSON.stringify({ type: "enter", version: 1, room: name }));
        socket.send(JSON.stringify({ type: "join" }));
      };
    },
    { url: server.url, name },
  );
  const heard = (): Heard[] => frames.map((frame) => JSON.parse(frame) as Heard);
  await expect.poll(() => heard().some(({ type, knocking }) => type === "room" && knocking?.length === 1)).toBe(true);
  // Both inside have greeted whoever came, and greet again as nobody answers.
  await expect.poll(() => heard().filter(({ type }) => type === "signal").length).toBeGreaterThan(3);
  expect(heard().map(({ type }) => type).filter((type) => !["welcome", "room", "signal"].includes(type))).toEqual([]);
  const bodies = heard().flatMap(({ body }) => (body === undefined ? [] : [Buffer.from(body, "base64url")]));
  expect(bodies.filter((body) => body[0] !== 0), "greetings alone, and no description or name").toEqual([]);
  expect(frames.filter((frame) => /Alice|Bob|candidate|a=/.test(frame))).toEqual([]);

  await alice.room.button("Unlock call").click();
  await expect.poll(() => heard().some(({ type }) => type === "joined")).toBe(true);
  await expect(alice.room.tiles, "whoever has no key is seen by nobody, inside or not").toHaveCount(2);
});

/** What a server says, as far as these tests look at it. */
interface Heard {
  type: string;
  knocking?: string[];
  body?: string;
}

test("a host mutes somebody, who sees by whom and alone turns it on again", async ({ alice, bob }) => {
  await press(alice, "Mute: Bob");
  await expect(bob.page.getByText("Alice turned your microphone off.")).toBeVisible();
  await expect(bob.room.button("Turn on microphone")).toBeVisible();
  await press(alice, "Ask to unmute: Bob");
  await expect(bob.page.getByText("Alice would like you to turn your microphone on.")).toBeVisible();
  await expect(bob.room.button("Turn on microphone")).toBeVisible();
  await bob.room.button("Unmute").click();
  await expect(bob.room.button("Turn off microphone")).toBeVisible();
  await expect(alice.room.button("Mute: Bob")).toBeVisible();
});

test("a host lowers all hands", async ({ alice, bob }) => {
  await bob.room.moreOptions.click();
  await bob.room.button("Raise hand").click();
  await expect(alice.room.tile("Bob").getByRole("img", { name: "Hand raised" })).toBeVisible();
  await press(alice, "Lower all hands");
  await expect(alice.room.tile("Bob").getByRole("img", { name: "Hand raised" })).toHaveCount(0);
});

test("what a guest asks of the server is refused, and harms nobody", async ({ alice, bob, room, server }) => {
  await expectMoving(alice, "Bob");
  const name = new URL(room).pathname.replace("/r/", "");
  const heard = await bob.page.evaluate(
    ({ url, name }) =>
      new Promise<string[]>((resolve) => {
        const socket = new WebSocket(`${url.replace("http", "ws")}/ws`, "tincan.v1");
        const refused: string[] = [];
        socket.onopen = () => socket.send(JSON.stringify({ type: "enter", version: 1, room: name }));
        socket.onmessage = ({ data }) => {
          const message = JSON.parse(data as string);
          if (message.type === "welcome") {
            for (const { id } of message.participants) {
              socket.send(JSON.stringify({ type: "room", action: "remove", id }));
            }
            socket.send(JSON.stringify({ type: "room", action: "lock" }));
          }
          if (message.type === "refused") refused.push(message.reason as string);
          if (refused.length === 3) {
            resolve(refused);
            socket.close();
          }
        };
      }),
    { url: server.url, name },
  );
  expect(heard).toEqual(["not_host", "not_host", "not_host"]);
  await expectMoving(alice, "Bob");
  await expectMoving(bob, "Alice");
});
