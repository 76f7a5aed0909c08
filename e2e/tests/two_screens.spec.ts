/** Two people share their screens at once. */
import { type Person, expect, test } from "../fixtures/call.ts";
import { expectAccessible } from "../support/axe.ts";
import { negotiations } from "../support/connections.ts";
import { expectPicture, expectRemoteAudio, expectSilence } from "../support/media.ts";
import { drawScreen } from "../support/screens.ts";
import { expectShown, looks, noteShown, shownAfter } from "../support/shown.ts";

/** What the two share: a colour each that is nobody's camera. */
const YELLOW = { name: "the yellow screen", chroma: { cb: 40, cr: 150 } };
const MAGENTA = { name: "the magenta screen", chroma: { cb: 190, cr: 190 } };

const viewport = { width: 800, height: 600 };

test("both are shown to the third, cameras go on, and one ends without the other", async ({ join }) => {
  const alice = await join("Alice", { viewport, scripts: [noteShown, drawScreen(YELLOW)] });
  const bob = await join("Bob", { viewport, scripts: [noteShown, drawScreen(MAGENTA)] });
  const carol = await join("Carol", { viewport, scripts: [noteShown] });
  const people = [alice, bob, carol];
  for (const { page, tile } of looks(people)) await expectShown(page, tile);
  const before = await Promise.all(people.map(({ page }) => negotiations(page)));

  await alice.room.shareScreen.click();
  await bob.room.shareScreen.click();
  await expect(alice.room.stopSharing).toBeVisible();
  await expect(bob.room.stopSharing).toBeVisible();
  for (const person of [bob, carol]) await expectScreen(person, "Alice", YELLOW);
  for (const person of [alice, carol]) await expectScreen(person, "Bob", MAGENTA);
  for (const { page, tile } of looks(people)) await expectShown(page, tile);
  await expectAccessible(alice.page, "one's own screen is shared and another one");
  await expectAccessible(carol.page, "two shared screens");

  await alice.room.stopSharing.click();
  for (const { room } of [bob, carol]) await expect(room.screen("Alice")).toHaveCount(0);
  for (const person of [alice, carol]) await expectScreen(person, "Bob", MAGENTA);
  for (const { page, tile } of looks(people)) await expectShown(page, tile);

  const after = await Promise.all(people.map(({ page }) => negotiations(page)));
  expect(after, "sharing a screen negotiates nothing").toEqual(before);
});

test("the sound of a screen is heard beside a microphone that is off, and ends with the screen", async ({ join }) => {
  const alice = await join("Alice", { viewport, scripts: [drawScreen(YELLOW, "with a tone")] });
  const bob = await join("Bob", { viewport });
  await expectRemoteAudio(bob, "Alice");
  const before = await negotiations(alice.page);
  await alice.room.turn("off", "microphone");
  await expectSilence(bob, "Alice");
  await alice.room.shareScreen.click();
  await expectRemoteAudio(bob, "Alice");
  await alice.room.stopSharing.click();
  await expectSilence(bob, "Alice");
  expect(await negotiations(alice.page)).toBe(before);
});

test("a screen that the browser takes back is no longer shared, and the person is told", async ({ alice, bob }) => {
  await alice.room.shareScreen.click();
  await expect(bob.room.screen("Alice")).toBeVisible();
  await expect(alice.room.stopSharing).toBeVisible();
  // As the browser's own bar does: the track ends, and says so.
  await alice.page.evaluate(() => {
    for (const video of document.querySelectorAll<HTMLVideoElement>("figure video")) {
      for (const track of video.srcObject instanceof MediaStream ? video.srcObject.getVideoTracks() : []) {
        track.stop();
        track.dispatchEvent(new Event("ended"));
      }
    }
  });
  await expect(alice.page.getByText("Your screen is no longer shared.")).toBeVisible();
  await expect(alice.room.shareScreen).toBeVisible();
  await expect(bob.room.screen("Alice")).toHaveCount(0);
});

/** `person` sees the screen of `name` move, and it is that one. */
async function expectScreen(person: Person, name: string, screen: typeof YELLOW): Promise<void> {
  const tile = `Screen of ${name}`;
  const first = await shownAfter(person.page, tile, Date.now(), 20_000);
  await shownAfter(person.page, tile, first, 5_000);
  await expectPicture(person.room.screen(name), screen);
}
