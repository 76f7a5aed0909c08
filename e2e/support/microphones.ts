/**
 * Microphones that a test can pull out. `track.stop()` fires no event, and a fake device cannot be pulled:
 * so one that is pulled is no longer listed, can no longer be opened, and its track ends with the event
 * that says so. Chromium's fake devices are three.
 */
import type { Page } from "@playwright/test";

declare global {
  interface Window {
    /** Added by the tests: pulls out the microphone in use. */
    tincanPullMicrophone?: () => void;
    /** Added by the tests: plugs in again whatever was pulled out. */
    tincanPlugMicrophones?: () => void;
    /** Added by the tests: which microphone is open. */
    tincanMicrophone?: () => string | undefined;
  }
}

/** Runs in a page before its own scripts. */
export function wireMicrophones(): void {
  // On a page that is not a call's, such as the blank one a window begins with.
  if (!isSecureContext) return;
  const devices = navigator.mediaDevices;
  const open = devices.getUserMedia.bind(devices);
  const list = devices.enumerateDevices.bind(devices);
  const gone = new Set<string>();
  let last: MediaStreamTrack | undefined;
  devices.enumerateDevices = async () =>
    (await list()).filter(({ kind, deviceId }) => kind !== "audioinput" || !gone.has(deviceId));
  devices.getUserMedia = async (constraints = {}) => {
    if (!constraints.audio) return open(constraints);
    const audio = typeof constraints.audio === "object" ? { ...constraints.audio } : {};
    const wish = audio.deviceId;
    const [id, insists] =
      typeof wish === "object" && !Array.isArray(wish) ? [wish.exact ?? wish.ideal, "exact" in wish] : [wish, false];
    const isGone = typeof id === "string" && gone.has(id);
    if (isGone && insists) throw new OverconstrainedError("deviceId");
    if ((id === undefined || isGone) && gone.size > 0) {
      const rest = (await devices.enumerateDevices()).find(({ kind }) => kind === "audioinput");
      if (rest === undefined) throw new DOMException("Requested device not found", "NotFoundError");
      audio.deviceId = { exact: rest.deviceId };
    }
    const stream = await open({ ...constraints, audio });
    [last] = stream.getAudioTracks();
    return stream;
  };
  window.tincanPullMicrophone = () => {
    gone.add(last?.getSettings().deviceId ?? "");
    last?.stop();
    last?.dispatchEvent(new Event("ended"));
    devices.dispatchEvent(new Event("devicechange"));
  };
  window.tincanPlugMicrophones = () => {
    gone.clear();
    devices.dispatchEvent(new Event("devicechange"));
  };
  window.tincanMicrophone = () => (last?.readyState === "live" ? last.getSettings().deviceId : undefined);
}

/** Pulls out the microphone in use, as when a headset's battery dies. */
export async function pullMicrophone(page: Page): Promise<void> {
  await page.evaluate(() => window.tincanPullMicrophone?.());
}

/** Plugs in again whatever was pulled out. */
export async function plugMicrophones(page: Page): Promise<void> {
  await page.evaluate(() => window.tincanPlugMicrophones?.());
}

/** Which microphone is open, by the id that the browser gives it. */
export async function openMicrophone(page: Page): Promise<string | undefined> {
  return page.evaluate(() => window.tincanMicrophone?.());
}
