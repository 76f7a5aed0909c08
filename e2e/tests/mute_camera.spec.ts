/** What one turns off, the other no longer hears or sees, and is told so in words. */
import { expect, test } from "../fixtures/call.ts";
import { expectMoving, expectRemoteAudio, expectRemoteMedia, expectRemoteVideo, expectSilence, received } from "../support/media.ts";

test("a microphone that is off is heard no more, and on again is", async ({ alice, bob }) => {
  await expectRemoteMedia(alice, "Bob");
  await bob.room.turn("off", "microphone");
  await expect(alice.room.tile("Bob").getByText("Microphone off")).toBeAttached();
  await expectSilence(alice, "Bob");
  await expectMoving(alice, "Bob");

  await bob.room.turn("on", "microphone");
  await expect(alice.room.tile("Bob").getByText("Microphone off")).not.toBeAttached();
  await expectRemoteAudio(alice, "Bob");
});

test("a camera that is off is seen no more, and on again is", async ({ alice, bob }) => {
  await expectRemoteMedia(alice, "Bob");
  await bob.room.turn("off", "camera");
  const tile = alice.room.tile("Bob");
  await expect(tile.getByText("Camera off")).toBeAttached();
  await expect(tile.locator("video")).toBeHidden();
  // No picture comes any more: two readings half a second apart are the same.
  let before = -1;
  await expect
    .poll(
      async () => {
        const now = (await received(tile))?.framesDecoded ?? -1;
        const fresh = now - before;
        before = now;
        return fresh;
      },
      { intervals: [500] },
    )
    .toBe(0);
  await expectRemoteAudio(alice, "Bob");

  await bob.room.turn("on", "camera");
  await expect(tile.getByText("Camera off")).not.toBeAttached();
  await expectRemoteVideo(alice, "Bob");
});

test("the light of a camera goes out when it is turned off", async ({ alice }) => {
  const live = (): Promise<boolean> =>
    alice.room.me.locator("video").evaluate((video: HTMLVideoElement) => {
      const stream = video.srcObject;
      return stream instanceof MediaStream && stream.getVideoTracks().some(({ readyState }) => readyState === "live");
    });
  await expect.poll(live).toBe(true);
  await alice.room.turn("off", "camera");
  await expect.poll(live).toBe(false);
});

test("who joins with microphone and camera off is there, unheard and unseen", async ({ alice, person, room }) => {
  const bob = await person("Bob");
  await bob.room.openLobby(room);
  await bob.room.turn("off", "microphone");
  await bob.room.turn("off", "camera");
  await bob.room.join("Bob");
  const tile = alice.room.tile("Bob");
  await expect(tile.getByText("Microphone off")).toBeAttached();
  await expect(tile.getByText("Camera off")).toBeAttached();
  await expectRemoteMedia(bob, "Alice");

  await bob.room.turn("on", "microphone");
  await bob.room.turn("on", "camera");
  await expectRemoteMedia(alice, "Bob");
});

test("who joins with the camera off is heard", async ({ alice, person, room }) => {
  const bob = await person("Bob");
  await bob.room.openLobby(room);
  await bob.room.turn("off", "camera");
  await bob.room.join("Bob");
  await expectRemoteAudio(alice, "Bob");
});
