/** The page says so when one speaks into a microphone that is off, and when one that is on gives nothing. */
import { expect, test } from "../fixtures/call.ts";
import { expectRemoteAudio, expectSilence } from "../support/media.ts";

const MUTED = "You are talking while muted.";
const SILENT = "Your microphone is silent.";

test("who speaks while muted is told so, and the others hear nothing", async ({ alice, bob }) => {
  const hint = alice.page.getByText(MUTED);
  await expectRemoteAudio(bob, "Alice");
  await expect(hint).toHaveCount(0);
  await alice.room.turn("off", "microphone");
  await expect(hint).toBeVisible();
  await expectSilence(bob, "Alice");
  await alice.room.turn("on", "microphone");
  await expect(hint).toHaveCount(0);
  await expectRemoteAudio(bob, "Alice");
});

test("who has a microphone that gives nothing is told so", async ({ join }) => {
  const alice = await join("Alice", { scripts: [withDeadMicrophone] });
  await expect(alice.page.getByText(SILENT)).toBeVisible({ timeout: 30_000 });
  await alice.room.turn("off", "microphone");
  await expect(alice.page.getByText(SILENT)).toHaveCount(0);
});

/** Runs in a page before its own scripts: the microphone is there, and nothing comes from it. */
function withDeadMicrophone(): void {
  // On a page that is not a call's, such as the blank one a window begins with.
  if (!isSecureContext) return;
  const devices = navigator.mediaDevices;
  const open = devices.getUserMedia.bind(devices);
  devices.getUserMedia = async (constraints = {}) => {
    const stream = await open(constraints);
    for (const track of stream.getAudioTracks()) {
      stream.removeTrack(track);
      track.stop();
      const [dead] = new AudioContext().createMediaStreamDestination().stream.getAudioTracks();
      if (dead !== undefined) stream.addTrack(dead);
    }
    return stream;
  };
}
