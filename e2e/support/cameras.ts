/**
 * Cameras that a test can plug in and pull out. The first is the browser's own; the others are drawn.
 *
 * `track.stop()` fires no event, and a fake device cannot be pulled. So a pulled camera is one that is
 * no longer listed, can no longer be opened, and whose track ended with the event that says so.
 */
import type { Page } from "@playwright/test";
import { css } from "./persona.ts";

declare global {
  interface Window {
    /** The cameras of this page; added by the tests. */
    tincanCameras?: {
      /** Every track of a camera that was opened, in order. */
      opened: MediaStreamTrack[];
      plug(colour: string): void;
      pull(): void;
    };
  }
}

/** Cameras one can plug in: what they see, as CSS has it and as a picture's colour is measured. */
export const SPARES = {
  green: { name: "the green camera", chroma: { cb: 70, cr: 60 } },
  magenta: { name: "the magenta camera", chroma: { cb: 190, cr: 190 } },
} as const;

type Colour = keyof typeof SPARES;

/** What to run in a page before its own scripts, so that its cameras can be pulled out. */
export function wireCameras(): { content: string } {
  const paints = Object.fromEntries(Object.entries(SPARES).map(([colour, { chroma }]) => [colour, css(chroma)]));
  return { content: `(${wire.toString()})(${JSON.stringify(paints)})` };
}

function wire(paints: Record<string, string>): void {
  // On a page that is not a call's, such as the blank one a window begins with.
  if (!isSecureContext) return;
  const devices = navigator.mediaDevices;
  const open = devices.getUserMedia.bind(devices);
  const list = devices.enumerateDevices.bind(devices);
  const opened: MediaStreamTrack[] = [];
  const spares: string[] = [];
  let isOwnThere = true;

  const info = (colour: string): MediaDeviceInfo => {
    const made: unknown = Object.create(MediaDeviceInfo.prototype, {
      kind: { value: "videoinput" },
      deviceId: { value: colour },
      label: { value: `A ${colour} camera` },
      groupId: { value: colour },
    });
    return made as MediaDeviceInfo;
  };
  devices.enumerateDevices = async () => {
    const there = (await list()).filter(({ kind }) => kind !== "videoinput" || isOwnThere);
    return [...there, ...spares.map(info)];
  };

  const film = (colour: string): MediaStreamTrack => {
    const canvas = document.createElement("canvas");
    canvas.width = 320;
    canvas.height = 240;
    const context = canvas.getContext("2d");
    if (context === null) throw new Error("no canvas");
    let at = 0;
    const draw = (): void => {
      context.fillStyle = paints[colour] ?? "";
      context.fillRect(0, 0, 320, 240);
      context.fillStyle = "white";
      context.fillRect((at++ * 8) % 280, 120, 40, 40);
    };
    draw();
    const [track] = canvas.captureStream(10).getVideoTracks();
    if (track === undefined) throw new Error("no track");
    const timer = setInterval(() => {
      draw();
      if (track.readyState === "ended") clearInterval(timer);
    }, 100);
    const settings = track.getSettings.bind(track);
    track.getSettings = () => ({ ...settings(), deviceId: colour });
    return track;
  };
  const wish = (video: MediaTrackConstraints | boolean | undefined): unknown => {
    const id = typeof video === "object" ? video.deviceId : undefined;
    return typeof id === "object" && !Array.isArray(id) ? (id.exact ?? id.ideal) : id;
  };
  const insists = (video: MediaTrackConstraints | boolean | undefined): boolean =>
    typeof video === "object" && typeof video.deviceId === "object" && "exact" in video.deviceId;
  devices.getUserMedia = async (constraints = {}) => {
    const { video, audio } = constraints;
    if (video === undefined || video === false) return open(constraints);
    const spare = spares.find((colour) => colour === wish(video));
    const other = isOwnThere ? "own" : insists(video) ? undefined : spares[0];
    const chosen = spare ?? other;
    if (chosen === undefined && insists(video)) throw new OverconstrainedError("deviceId");
    if (chosen === undefined) throw new DOMException("Requested device not found", "NotFoundError");
    const stream =
      chosen === "own"
        ? await open(constraints)
        : new MediaStream([film(chosen), ...(audio ? (await open({ audio })).getTracks() : [])]);
    opened.push(...stream.getVideoTracks());
    return stream;
  };

  window.tincanCameras = {
    opened,
    plug(colour) {
      spares.push(colour);
      devices.dispatchEvent(new Event("devicechange"));
    },
    pull() {
      const track = opened.at(-1);
      const id = track?.getSettings().deviceId ?? "";
      const at = spares.indexOf(id);
      if (at >= 0) spares.splice(at, 1);
      else isOwnThere = false;
      track?.stop();
      track?.dispatchEvent(new Event("ended"));
      devices.dispatchEvent(new Event("devicechange"));
    },
  };
}

/** Plugs one more camera in. */
export async function plugCamera(page: Page, colour: Colour): Promise<void> {
  await page.evaluate((colour) => window.tincanCameras?.plug(colour), colour);
}

/** Pulls out the camera in use. */
export async function pullCamera(page: Page): Promise<void> {
  await page.evaluate(() => window.tincanCameras?.pull());
}

/** How many tracks of cameras are live, that is, how many lights burn. */
export async function lights(page: Page): Promise<number> {
  return page.evaluate(
    () => (window.tincanCameras?.opened ?? []).filter(({ readyState }) => readyState === "live").length,
  );
}
