/** First pictures: small on both sides, and what plays them waits for them. */
import { expect, type Person, test } from "../fixtures/call.ts";
import { expectMoving, expectRemoteVideo } from "../support/media.ts";

declare global {
  interface Window {
    /** What the page asked of its senders, and how it ended. */
    tincanShaped?: { by: number | undefined; end: string }[];
    /** Elements that play a picture, shown or not. */
    tincanPlayers?: HTMLVideoElement[];
  }
}

test("a camera begins at a quarter of its size and grows to all of it", async ({ person, room }) => {
  const alice = await person("Alice", { scripts: [noteAsked] });
  await alice.room.openLobby(room);
  await alice.room.join("Alice");
  const bob = await person("Bob", { scripts: [noteAsked] });
  await bob.room.openLobby(room);
  // While Bob looks at himself, the two browsers have agreed on what they will send.
  for (const { page } of [alice, bob]) await expect.poll(() => asked(page)).toEqual(["4: taken"]);
  await bob.room.join("Bob");
  await Promise.all([expectMoving(alice, "Bob"), expectMoving(bob, "Alice")]);
  for (const { page } of [alice, bob]) {
    await expect.poll(() => asked(page)).toEqual(["4: taken", "2: taken", "1: taken"]);
  }
  await Promise.all([expectRemoteVideo(alice, "Bob"), expectRemoteVideo(bob, "Alice")]);
});

test("who is in the call plays before there is a place for them, and oneself goes on playing", async ({ person, room }) => {
  const alice = await person("Alice");
  await alice.room.openLobby(room);
  await alice.room.join("Alice");
  const bob = await person("Bob", { scripts: [notePlayers] });
  await bob.room.openLobby(room);
  const { page } = bob;
  const players = (): Promise<string[]> =>
    page.evaluate(() => (window.tincanPlayers ?? []).map((it) => (it.isConnected ? "shown" : "hidden")).sort());
  // Nothing comes of Alice before the press, but what will play it is there.
  await expect.poll(players).toEqual(["hidden", "shown"]);
  const inLobby = await page.evaluateHandle(() => window.tincanPlayers?.slice() ?? []);
  await bob.room.join("Bob");
  await expectMoving(bob, "Alice");
  await expect(bob.room.me.locator("video")).toHaveJSProperty("paused", false);
  const same = (tile: typeof bob.room.me): Promise<boolean> =>
    tile.locator("video").evaluate((video, all) => (all as Element[]).includes(video), inLobby);
  expect(await same(bob.room.tile("Alice"))).toBe(true);
  expect(await same(bob.room.me)).toBe(true);
  await alice.room.leaveCall.click();
  await expect.poll(players).toEqual(["shown"]);
});

/** By how much a camera's picture was to be made smaller, each time, and whether the browser took it. */
async function asked(page: Person["page"]): Promise<string[]> {
  const all = await page.evaluate(() => window.tincanShaped ?? []);
  return all.filter(({ by }) => by !== undefined).map(({ by, end }) => `${by}: ${end}`);
}

/** For the page, before its own scripts. */
function noteAsked(): void {
  window.tincanShaped = [];
  const set = RTCRtpSender.prototype.setParameters;
  RTCRtpSender.prototype.setParameters = async function (parameters, ...rest) {
    const noted = { by: parameters.encodings[0]?.scaleResolutionDownBy, end: "" };
    window.tincanShaped?.push(noted);
    try {
      await set.call(this, parameters, ...rest);
      noted.end = "taken";
    } catch (error) {
      noted.end = String(error);
      throw error;
    }
  };
}

/** For the page, before its own scripts. */
function notePlayers(): void {
  const players: HTMLVideoElement[] = [];
  window.tincanPlayers = players;
  const described = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, "srcObject");
  Object.defineProperty(HTMLMediaElement.prototype, "srcObject", {
    ...described,
    set(this: HTMLMediaElement, stream: MediaProvider | null) {
      described?.set?.call(this, stream);
      if (!(this instanceof HTMLVideoElement)) return;
      const at = players.indexOf(this);
      const plays = stream instanceof MediaStream;
      if (!plays && at >= 0) players.splice(at, 1);
      if (plays && at < 0) players.push(this);
    },
  });
}
