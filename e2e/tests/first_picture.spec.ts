/** The first pictures are small, on both sides, and the browser takes what it is told of them. */
import { expect, type Person, test } from "../fixtures/call.ts";
import { expectMoving, expectRemoteVideo } from "../support/media.ts";

declare global {
  interface Window {
    /** What the page asked of its senders, and how it ended. */
    tincanShaped?: { by: number | undefined; end: string }[];
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
