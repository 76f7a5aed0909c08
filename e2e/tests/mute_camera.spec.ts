/** What one turns off, the other no longer hears or sees, and is told so in words. */
import { type Person, expect, test } from "../fixtures/call.ts";
import { lights, wireCameras } from "../support/cameras.ts";
import { negotiations } from "../support/connections.ts";
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

test("a camera that is off lets go of the device and sends nothing, and no toggle negotiates", async ({ alice, join }) => {
  const bob = await join("Bob", { scripts: [wireCameras()] });
  await expectMoving(alice, "Bob");
  const before = await negotiations(bob.page);
  for (let time = 0; time < 2; time++) {
    expect(await lights(bob.page)).toBe(1);
    await bob.room.turn("off", "camera");
    await expect.poll(() => lights(bob.page), { message: "the light should go out" }).toBe(0);
    await expect.poll(() => sendsPicture(bob), { message: "no sender should have a track" }).toBe(false);

    await bob.room.turn("on", "camera");
    await expectRemoteVideo(alice, "Bob");
  }
  expect(await negotiations(bob.page), "steps of negotiation on the way").toBe(before);
});

test("ten quick double clicks end in the state last asked for", async ({ alice, join }) => {
  const bob = await join("Bob", { scripts: [wireCameras()] });
  await expectMoving(alice, "Bob");
  const before = await negotiations(bob.page);
  // What a press asks for is what the button says at that moment.
  const asked = await bob.page.evaluateHandle(() => {
    const presses: string[] = [];
    const note = ({ target }: Event): void => {
      const name = target instanceof Element ? target.closest("button")?.getAttribute("aria-label") : undefined;
      if (name?.endsWith("camera") === true) presses.push(name.includes("Turn on") ? "on" : "off");
    };
    addEventListener("click", note, { capture: true });
    return presses;
  });
  const toggle = bob.page.getByRole("button", { name: /^Turn (on|off) camera/ });
  for (let time = 0; time < 10; time++) await toggle.dblclick();
  const presses = await asked.jsonValue();
  expect(presses).toHaveLength(20);
  expect(new Set(presses), "the presses should ask for both").toEqual(new Set(["on", "off"]));

  const last = presses.at(-1);
  await expect(bob.room.button(last === "on" ? "Turn off camera" : "Turn on camera")).toBeVisible();
  await expect(toggle).toHaveAttribute("aria-busy", "false");
  await expect.poll(() => lights(bob.page)).toBe(last === "on" ? 1 : 0);
  await expect.poll(() => sendsPicture(bob)).toBe(last === "on");
  await expect(alice.room.tile("Bob").getByText("Camera off")).toHaveCount(last === "on" ? 0 : 1);

  // One more press goes to the other state, as ever.
  await toggle.click();
  await expect.poll(() => lights(bob.page)).toBe(last === "on" ? 0 : 1);
  if (last !== "on") await expectRemoteVideo(alice, "Bob");
  expect(await negotiations(bob.page), "steps of negotiation on the way").toBe(before);
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

/** Whether any connection sends a picture of the person. */
function sendsPicture({ page }: Person): Promise<boolean> {
  return page.evaluate(() =>
    (window.tincanConnections ?? [])
      .flatMap((connection) => connection.getSenders())
      .some(({ track }) => track?.kind === "video"),
  );
}
