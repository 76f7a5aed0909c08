/** Whoever goes is gone within a second, however they go. */
import { expect, test } from "../fixtures/call.ts";
import { expectNobodyTwice, noteTwice } from "../support/crowd.ts";
import { expectMoving } from "../support/media.ts";
import { expectShown, expectUninterrupted, looks, noteShown } from "../support/shown.ts";

/** From the deed to its being seen; the contract of the page. */
const ONE_SECOND = { timeout: 1_000 };

test("who leaves is gone, and may come back", async ({ alice, bob }) => {
  await expectMoving(alice, "Bob");
  await bob.room.leaveCall.click();
  await expect(alice.room.tile("Bob")).toHaveCount(0, ONE_SECOND);
  await expect(bob.page.getByText(/You left the call/)).toBeVisible();

  await bob.room.button("Join again").click();
  await bob.room.join("Bob");
  await expectMoving(alice, "Bob");
  await expectMoving(bob, "Alice");
  await expect(alice.room.tiles).toHaveCount(2);
});

test("leaving lets go of camera, microphone and connections", async ({ alice, bob }) => {
  await expectMoving(alice, "Bob");
  const tracks = await bob.room.me
    .locator("video")
    .evaluateHandle((video: HTMLVideoElement) => (video.srcObject as MediaStream).getTracks());
  await bob.room.leaveCall.click();
  await expect.poll(() => tracks.evaluate((all) => all.every(({ readyState }) => readyState === "ended"))).toBe(true);
  await expect
    .poll(() => bob.page.evaluate(() => (window.tincanConnections ?? []).every((c) => c.connectionState === "closed")))
    .toBe(true);
});

test("who closes the tab is gone", async ({ alice, bob }) => {
  await expectMoving(alice, "Bob");
  await bob.page.close();
  await expect(alice.room.tile("Bob")).toHaveCount(0, ONE_SECOND);
});

test("who reloads is gone from the call, and comes back as one person", async ({ join }) => {
  const scripts = [noteShown, noteTwice];
  const alice = await join("Alice", { scripts });
  const bob = await join("Bob", { scripts });
  const carol = await join("Carol", { scripts });
  const everybody = [alice, bob, carol];
  for (const { page, tile } of looks(everybody)) await expectShown(page, tile);

  const start = Date.now();
  await bob.page.reload();
  for (const { room } of [alice, carol]) await expect(room.tile("Bob")).toHaveCount(0, ONE_SECOND);
  await bob.room.join("Bob");
  for (const { page, tile } of looks(everybody)) await expectShown(page, tile);
  await expectUninterrupted(looks([alice, carol]), start, Date.now());
  for (const { page, room } of everybody) {
    await expect(room.tiles).toHaveCount(3);
    await expectNobodyTwice(page);
  }
});

test("a crashed browser does not disturb the others", async ({ alice, bob, join }) => {
  await expectMoving(alice, "Bob");
  const carol = await join("Carol");
  await expectMoving(alice, "Carol");
  // The whole renderer of Carol's page goes, and the page has no moment to say anything.
  const devtools = await carol.page.context().newCDPSession(carol.page);
  const crashed = carol.page.waitForEvent("crash");
  devtools.send("Page.crash").catch(() => undefined);
  await crashed;
  await expectMoving(alice, "Bob", 20);
  await expectMoving(bob, "Alice", 20);
});
