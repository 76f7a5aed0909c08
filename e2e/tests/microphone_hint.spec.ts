/** The page says so when one speaks into a microphone that is off, when one that is on gives nothing, and when it echoes. */
import { expect, test } from "../fixtures/call.ts";
import { expectRemoteAudio, expectSilence } from "../support/media.ts";

const MUTED = "You are talking while muted.";
const SILENT = "Your microphone is silent.";
const ECHO = "Others may hear themselves through you.";

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

test("who lets the others hear themselves is told so, and what helps", async ({ join }) => {
  test.setTimeout(180_000);
  const alice = await join("Alice", { scripts: [withEcho] });
  const bob = await join("Bob", { scripts: [withSentences] });
  const hint = alice.page.getByText(ECHO);
  await expectRemoteAudio(alice, "Bob");
  // Some sentences and the pauses between them.
  await expect(hint).toBeVisible({ timeout: 60_000 });
  await expect(bob.page.getByText(ECHO), "Bob hears himself, and gives nothing back").toHaveCount(0);
  await alice.room.turn("off", "microphone");
  await expect(hint).toHaveCount(0);
});

/** Runs in a page before its own scripts: the microphone hears the loudspeakers, and nothing else. */
function withEcho(): void {
  // On a page that is not a call's, such as the blank one a window begins with.
  if (!isSecureContext) return;
  const context = new AudioContext();
  const room = context.createMediaStreamDestination();
  const quieter = new GainNode(context, { gain: 0.3 });
  quieter.connect(room);
  addEventListener("click", () => void context.resume());
  window.RTCPeerConnection = class extends window.RTCPeerConnection {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      this.addEventListener("track", ({ track }) => {
        if (track.kind === "audio") context.createMediaStreamSource(new MediaStream([track])).connect(quieter);
      });
    }
  };
  const devices = navigator.mediaDevices;
  const open = devices.getUserMedia.bind(devices);
  devices.getUserMedia = async (constraints = {}) => {
    const stream = await open(constraints);
    for (const track of stream.getAudioTracks()) {
      stream.removeTrack(track);
      track.stop();
      const [heard] = room.stream.clone().getAudioTracks();
      if (heard !== undefined) stream.addTrack(heard);
    }
    return stream;
  };
}

/** Runs in a page before its own scripts: the microphone gives two seconds of sound, and a pause almost as
 * long, so that no word begins at the same moment between two readings as the one before. */
function withSentences(): void {
  if (!isSecureContext) return;
  const context = new AudioContext();
  const voice = new OscillatorNode(context, { frequency: 440 });
  const mouth = new GainNode(context, { gain: 0 });
  const out = context.createMediaStreamDestination();
  voice.connect(mouth).connect(out);
  voice.start();
  for (let second = 0; second < 240; second += 3.93) {
    mouth.gain.setValueAtTime(0.5, second);
    mouth.gain.setValueAtTime(0, second + 2);
  }
  addEventListener("click", () => void context.resume());
  const devices = navigator.mediaDevices;
  const open = devices.getUserMedia.bind(devices);
  devices.getUserMedia = async (constraints = {}) => {
    const stream = await open(constraints);
    for (const track of stream.getAudioTracks()) {
      stream.removeTrack(track);
      track.stop();
      const [spoken] = out.stream.clone().getAudioTracks();
      if (spoken !== undefined) stream.addTrack(spoken);
    }
    return stream;
  };
}
