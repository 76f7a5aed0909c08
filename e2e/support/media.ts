/** Whether people really see and hear each other: by decoded frames, the clock of the video, energy. */
import { type Locator, expect } from "@playwright/test";
import type { Person } from "../fixtures/call.ts";
import { type Persona, onScreen, persona } from "./persona.ts";

/**
 * What a tile receives, counted since its connection was made. Firefox counts frames anew when the
 * picture gets another size.
 */
export interface Received {
  framesDecoded: number;
  /** Seconds that the tile's video has played. */
  currentTime: number;
  /** Sum of squared level times seconds (W3C webrtc-stats, `totalAudioEnergy`). */
  audioEnergy: number;
  audioSeconds: number;
  /** Whether an element plays the sound aloud. */
  audible: boolean;
}

/** Root mean square above which something is heard; the tone of the tests is at 0.2. */
const SILENCE = 0.005;

/** Root mean square below which nothing is; an encoder's comfort noise stays under it. */
const QUIET = 0.001;

/** `person` sees `name` move, in their own colour, and hears them. */
export async function expectRemoteMedia(person: Person, name: string): Promise<void> {
  await expectRemoteVideo(person, name);
  await expectRemoteAudio(person, name);
}

/** `person` sees the picture of `name` move, and it is theirs. */
export async function expectRemoteVideo(person: Person, name: string): Promise<void> {
  await expectMoving(person, name);
  await expectPicture(person.room.tile(name), persona(name));
}

/** The picture of `name` moves where `person` sees it, whatever it shows. */
export async function expectMoving(person: Person, name: string, frames = 3): Promise<void> {
  const tile = person.room.tile(name);
  let before = await whenReceiving(tile);
  await expect
    .poll(
      async () => {
        const now = await received(tile);
        if (now !== undefined && now.framesDecoded < before.framesDecoded) before = now;
        return (
          now !== undefined &&
          now.framesDecoded >= before.framesDecoded + frames &&
          now.currentTime > before.currentTime
        );
      },
      { message: `${person.name} should see ${name} move`, timeout: 20_000 + frames * 200 },
    )
    .toBe(true);
}

/** The tile shows the colour that only this person's camera has, or this screen. */
export async function expectPicture(tile: Locator, { name, chroma }: Pick<Persona, "name" | "chroma">): Promise<void> {
  await expect
    .poll(
      async () => {
        const seen = await colour(tile);
        const shown = displayed(chroma);
        return seen === undefined ? Infinity : Math.hypot(seen.cb - shown.cb, seen.cr - shown.cr);
      },
      { message: `the picture should be that of ${name}` },
    )
    .toBeLessThan(30);
}

/** What a screen makes of a camera's colour: blue and red difference, as they are measured on it. */
function displayed(chroma: Persona["chroma"]): Persona["chroma"] {
  const { r, g, b } = onScreen(chroma);
  return { cb: 128 - 0.169 * r - 0.331 * g + 0.5 * b, cr: 128 + 0.5 * r - 0.419 * g - 0.081 * b };
}

/** `person` hears `name`. */
export async function expectRemoteAudio(person: Person, name: string): Promise<void> {
  const tile = person.room.tile(name);
  await whenReceiving(tile);
  await expect
    .poll(loudness(tile), { message: `${person.name} should hear ${name}`, timeout: 20_000 })
    .toBeGreaterThan(SILENCE);
  await expect
    .poll(async () => (await received(tile))?.audible, { message: `${name} should be played aloud` })
    .toBe(true);
}

/** `person` hears nothing from `name`, for two readings in a row. */
export async function expectSilence(person: Person, name: string): Promise<void> {
  const level = loudness(person.room.tile(name));
  let before = Infinity;
  await expect
    .poll(
      async () => {
        const now = await level();
        const louder = Math.max(before, now);
        before = now;
        return louder;
      },
      { message: `${person.name} should hear nothing from ${name}`, intervals: [700] },
    )
    .toBeLessThan(QUIET);
}

/** Root mean square of what was heard since it was last asked; NaN, which passes no check, while unknown. */
function loudness(tile: Locator): () => Promise<number> {
  let last: Received | undefined;
  return async () => {
    const before = last;
    last = await received(tile);
    if (last === undefined || before === undefined) return NaN;
    const seconds = last.audioSeconds - before.audioSeconds;
    return seconds > 0 ? Math.sqrt((last.audioEnergy - before.audioEnergy) / seconds) : NaN;
  };
}

async function whenReceiving(tile: Locator): Promise<Received> {
  let first: Received | undefined;
  await expect
    .poll(
      async () => {
        first = await received(tile);
        return first !== undefined;
      },
      { message: "the tile should be fed by a connection", timeout: 20_000 },
    )
    .toBe(true);
  if (first === undefined) throw new Error("checked just above");
  return first;
}

/** Reads what a tile's connection has received; `undefined` while it has none. */
export async function received(tile: Locator): Promise<Received | undefined> {
  const video = tile.locator("video").first();
  if ((await video.count()) === 0) return undefined;
  return video.evaluate(readReceived);
}

/** Runs in the page. */
export async function readReceived(element: Element): Promise<Received | undefined> {
  const video = element as HTMLVideoElement;
  const stream = video.srcObject;
  if (!(stream instanceof MediaStream)) return undefined;
  const connection = (window.tincanConnections ?? []).find(
    (connection) =>
      connection.connectionState !== "closed" &&
      connection.getReceivers().some(({ track }) => stream.getTracks().includes(track)),
  );
  if (connection === undefined) return undefined;
  const found = { framesDecoded: 0, currentTime: video.currentTime, audioEnergy: 0, audioSeconds: 0, audible: false };
  for (const { track } of connection.getReceivers()) {
    if (track.kind === "audio") {
      found.audible ||= [...document.querySelectorAll<HTMLMediaElement>("video, audio")].some(
        (player) =>
          player.srcObject instanceof MediaStream &&
          player.srcObject.getTracks().includes(track) &&
          !player.muted &&
          !player.paused &&
          player.volume > 0,
      );
    } else if (!stream.getTracks().includes(track)) {
      continue;
    }
    for (const entry of (await connection.getStats(track)).values()) {
      if (entry.type !== "inbound-rtp") continue;
      found.framesDecoded += entry.framesDecoded ?? 0;
      found.audioEnergy += entry.totalAudioEnergy ?? 0;
      found.audioSeconds += entry.totalSamplesDuration ?? 0;
    }
  }
  return found;
}

async function colour(tile: Locator): Promise<Persona["chroma"] | undefined> {
  return tile
    .locator("video")
    .first()
    .evaluate((element) => {
      const video = element as HTMLVideoElement;
      const canvas = document.createElement("canvas");
      canvas.width = canvas.height = 8;
      const context = canvas.getContext("2d");
      if (context === null || video.videoWidth === 0) return undefined;
      // The upper third, where no square wanders.
      context.drawImage(video, 0, 0, video.videoWidth, video.videoHeight / 3, 0, 0, 8, 8);
      const pixels = context.getImageData(0, 0, 8, 8).data;
      let [r, g, b] = [0, 0, 0];
      for (let at = 0; at < pixels.length; at += 4) {
        r += (pixels[at] ?? 0) / 64;
        g += (pixels[at + 1] ?? 0) / 64;
        b += (pixels[at + 2] ?? 0) / 64;
      }
      // BT.601, full range.
      return { cb: 128 - 0.169 * r - 0.331 * g + 0.5 * b, cr: 128 + 0.5 * r - 0.419 * g - 0.081 * b };
    });
}
