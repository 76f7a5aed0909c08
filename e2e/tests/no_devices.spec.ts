/** A machine without camera or microphone can still take part, as far as it can. */
import { expect, test } from "../fixtures/call.ts";
import { expectRemoteAudio, expectRemoteMedia } from "../support/media.ts";

test("without a camera one is heard, and told why one is not seen", async ({ alice, person, room }) => {
  const bob = await person("Bob", { devices: "no camera" });
  await bob.room.openLobby(room);
  await expect(bob.page.getByText(/No camera found/).first()).toBeVisible();

  await bob.room.join("Bob");
  await expectRemoteMedia(bob, "Alice");
  await expect(alice.room.tile("Bob").getByText("Camera off")).toBeAttached();
  await expectRemoteAudio(alice, "Bob");
});

test("without camera and microphone one sees and hears the others", async ({ alice, person, room, server }) => {
  const bob = await person("Bob", { devices: "the machine's" });
  await bob.page.goto(server.url);
  const devices = await bob.page.evaluate(async () => (await navigator.mediaDevices.enumerateDevices()).length);
  test.skip(devices > 0, "this machine has devices of its own");

  await bob.room.openLobby(room);
  await expect(bob.page.getByText(/No camera and no microphone found/)).toBeVisible();
  await bob.room.join("Bob");
  await expectRemoteMedia(bob, "Alice");
  const tile = alice.room.tile("Bob");
  await expect(tile.getByText("Camera off")).toBeAttached();
  await expect(tile.getByText("Microphone off")).toBeAttached();
});
