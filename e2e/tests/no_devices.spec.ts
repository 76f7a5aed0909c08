/** A machine without camera and microphone can still watch and listen. */
import { expect, test } from "../fixtures/call.ts";
import { expectRemoteMedia } from "../support/media.ts";

test("the lobby says that nothing was found, and joining works without", async ({ alice, person, room }) => {
  const bob = await person("Bob", { devices: "none" });
  await bob.room.openLobby(room);
  await expect(bob.page.getByText(/No camera and no microphone found/)).toBeVisible();

  await bob.room.join("Bob");
  await expectRemoteMedia(bob, "Alice");
  await expect(alice.room.tile("Bob").getByText("Camera off")).toBeAttached();
});
