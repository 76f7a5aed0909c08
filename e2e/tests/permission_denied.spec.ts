/** Who does not allow camera and microphone can join all the same, and is told what to do. */
import { expect, test } from "../fixtures/call.ts";
import { expectRemoteMedia } from "../support/media.ts";

test("the lobby says what to do, and joining works without", async ({ alice, person, room }) => {
  const bob = await person("Bob", { devices: "denied" });
  await bob.room.openLobby(room);
  await expect(bob.page.getByText(/may not use your camera and microphone/)).toBeVisible();
  await expect(bob.room.button("Try again")).toBeVisible();

  await bob.room.join("Bob");
  await expectRemoteMedia(bob, "Alice");
  const tile = alice.room.tile("Bob");
  await expect(tile.getByText("Microphone off")).toBeAttached();
  await expect(tile.getByText("Camera off")).toBeAttached();
});
