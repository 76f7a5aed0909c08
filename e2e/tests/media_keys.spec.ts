/** The keys of a headset, and the buttons that a browser has of its own for a call, do what the page's do. */
import { expect, test } from "../fixtures/call.ts";

declare global {
  interface Window {
    /** What the page listens to; `null` where it stopped. */
    tincanKeys?: Record<string, MediaSessionActionHandler | null>;
    /** What the page said is on. */
    tincanActive?: Record<string, boolean>;
  }
}

/** Runs in a page before its own scripts: a browser that tells what it was asked, and knows no other actions. */
function recordKeys(): void {
  const keys: Record<string, MediaSessionActionHandler | null> = {};
  const active: Record<string, boolean> = {};
  window.tincanKeys = keys;
  window.tincanActive = active;
  const known = ["togglemicrophone", "togglecamera", "hangup"];
  Object.defineProperty(navigator, "mediaSession", {
    value: {
      metadata: null,
      setActionHandler(action: string, handler: MediaSessionActionHandler | null) {
        if (!known.includes(action)) throw new TypeError(`no action is called ${action}`);
        keys[action] = handler;
      },
      async setMicrophoneActive(on: boolean) {
        active["microphone"] = on;
      },
      async setCameraActive(on: boolean) {
        active["camera"] = on;
      },
    },
  });
}

/** As Firefox is, which knows no keys of calls. */
function refuseKeys(): void {
  navigator.mediaSession.setActionHandler = () => {
    throw new TypeError("no such action");
  };
}

test("the keys of a headset mute, hide and leave", async ({ join, bob }) => {
  const carol = await join("Carol", { scripts: [recordKeys] });
  const { page, room } = carol;
  const press = (action: string) => page.evaluate((action) => window.tincanKeys?.[action]?.({ action: "stop" }), action);
  const active = () => page.evaluate(() => window.tincanActive);
  const tile = bob.room.tile("Carol");
  await expect(tile).toBeVisible();
  expect(await page.evaluate(() => navigator.mediaSession.metadata?.title)).toMatch(/Tincan/);
  await expect.poll(active).toEqual({ microphone: true, camera: true });

  await press("togglemicrophone");
  await expect(room.button("Turn on microphone")).toBeVisible();
  await expect(tile.getByText("Microphone off")).toBeAttached();
  await press("togglecamera");
  await expect(room.button("Turn on camera")).toBeVisible();
  await expect(tile.getByText("Camera off")).toBeAttached();
  await expect.poll(active).toEqual({ microphone: false, camera: false });
  await press("togglemicrophone");
  await expect(tile.getByText("Microphone off")).toHaveCount(0);

  await press("hangup");
  await expect(page.getByText(/You left the call/)).toBeVisible();
  await expect(tile).toHaveCount(0);
  await expect
    .poll(() => page.evaluate(() => window.tincanKeys))
    .toEqual({ togglemicrophone: null, togglecamera: null, hangup: null });
  expect(await page.evaluate(() => navigator.mediaSession.metadata ?? null)).toBeNull();
});

test("a browser that knows no such keys has a call all the same", async ({ join, bob }) => {
  await join("Carol", { scripts: [refuseKeys] });
  await expect(bob.room.tile("Carol")).toBeVisible();
});
