/** Two people see and hear each other. */
import { expect, test } from "../fixtures/call.ts";
import { expectMoving, expectPicture, expectRemoteMedia } from "../support/media.ts";
import { persona } from "../support/persona.ts";

test("each sees the other's picture move and hears the other's tone", async ({ alice, bob }) => {
  await expectRemoteMedia(alice, "Bob");
  await expectRemoteMedia(bob, "Alice");
  await expect(alice.room.tiles).toHaveCount(2);
  await expect(bob.room.tiles).toHaveCount(2);
});

test("one's own tile shows one's own camera, without its sound", async ({ alice, bob }) => {
  await expectMoving(alice, "Bob");
  await expect(bob.room.me).toHaveAccessibleName("Bob (you)");
  await expectPicture(bob.room.me, persona("Bob"));
  const muted = await bob.room.me.locator("video").evaluate((video: HTMLVideoElement) => video.muted);
  expect(muted).toBe(true);
});

test("a call of two needs one connection on each side", async ({ alice, bob }) => {
  await expectRemoteMedia(alice, "Bob");
  await expectRemoteMedia(bob, "Alice");
  for (const person of [alice, bob]) {
    const states = await person.page.evaluate(() =>
      (window.tincanConnections ?? []).map((connection) => connection.connectionState),
    );
    expect(states.filter((state) => state !== "closed")).toEqual(["connected"]);
  }
});

test("the way to the first picture is marked for measurements", async ({ alice, bob }) => {
  await expectMoving(alice, "Bob");
  await expectMoving(bob, "Alice");
  const marks = await bob.page.evaluate(() => performance.getEntriesByType("mark").map(({ name }) => name));
  for (const mark of ["tincan:welcome", "tincan:join", "tincan:ice-connected", "tincan:first-frame"]) {
    expect(marks).toContain(mark);
  }
});
