/** The menus of the devices and the dialog "Settings": what they change in the call, and that it is kept. */
import type { Page } from "@playwright/test";
import { type Person, expect, test } from "../fixtures/call.ts";
import { negotiations } from "../support/connections.ts";
import { expectMoving, expectRemoteAudio, expectRemoteMedia } from "../support/media.ts";

test("noise suppression is turned off in the menu beside the microphone, without a negotiation", async ({
  alice,
  bob,
}) => {
  await expectRemoteMedia(bob, "Alice");
  expect(await sent(alice.page, "audio", (track) => track.noiseSuppression)).toEqual([true]);
  const before = await negotiations(alice.page);
  const caret = alice.room.button("Sound options");
  await caret.focus();
  await alice.page.keyboard.press("Enter");
  const menu = alice.page.getByRole("dialog", { name: "Sound options" });
  await expect(menu.getByRole("combobox", { name: "Microphone" })).toBeVisible();
  await expect(menu.getByRole("combobox", { name: "Speaker" })).toBeVisible();
  await menu.getByRole("switch", { name: "Noise suppression" }).press("Space");
  await expect.poll(() => sent(alice.page, "audio", (track) => track.noiseSuppression)).toEqual([false]);
  expect(await sent(alice.page, "audio", (track) => track.echoCancellation)).toEqual([true]);
  await menu.getByRole("switch", { name: "Echo cancellation" }).click();
  await expect.poll(() => sent(alice.page, "audio", (track) => track.echoCancellation)).toEqual([false]);
  expect(await sent(alice.page, "audio", (track) => track.autoGainControl)).toEqual([true]);
  await menu.getByRole("switch", { name: "Automatic volume" }).click();
  await expect.poll(() => sent(alice.page, "audio", (track) => track.autoGainControl)).toEqual([false]);
  await alice.page.keyboard.press("Escape");
  await expect(menu).toBeHidden();
  await expect(caret).toBeFocused();
  await expectRemoteMedia(bob, "Alice");
  expect(await negotiations(alice.page)).toBe(before);

  await alice.page.reload();
  await alice.room.join("Alice");
  await expectRemoteAudio(bob, "Alice");
  const all = ({ noiseSuppression, echoCancellation, autoGainControl }: MediaTrackSettings): unknown => [
    noiseSuppression,
    echoCancellation,
    autoGainControl,
  ];
  await expect.poll(() => sent(alice.page, "audio", all)).toEqual([[false, false, false]]);
});

test("the speaker is chosen, and chosen still after a reload", async ({ alice, bob: _bob }) => {
  const speaker = alice.room.device("Speaker");
  const plays = (): Promise<string | undefined> =>
    alice.room.tile("Bob").locator("audio").evaluate((audio: HTMLAudioElement) => audio.sinkId);
  await alice.room.button("Sound options").click();
  const ids = await speaker.locator("option").evaluateAll((all) => all.map((it) => (it as HTMLOptionElement).value));
  const other = ids.find((id) => id !== "" && id !== "default");
  test.skip(other === undefined, "this machine has one speaker alone");
  await speaker.selectOption(other ?? "");
  await expect.poll(plays).toBe(other);
  await expectRemoteAudio(alice, "Bob");
  await alice.page.reload();
  await alice.room.join("Alice");
  await expect.poll(plays).toBe(other);
});

test("the microphone is chosen, without a negotiation, and chosen still after a reload", async ({ join }) => {
  const alice = await join("Alice", { devices: "test picture" });
  const bob = await join("Bob");
  await expectRemoteAudio(bob, "Alice");
  const before = await negotiations(alice.page);
  await alice.room.button("Sound options").click();
  const microphone = alice.room.device("Microphone");
  const used = (await sent(alice.page, "audio", ({ deviceId }) => deviceId))[0];
  const ids = await microphone.locator("option").evaluateAll((all) => all.map((it) => (it as HTMLOptionElement).value));
  const other = ids.find((id) => id !== "" && id !== "default" && id !== used) ?? "";
  await microphone.selectOption(other);
  await expect.poll(() => sent(alice.page, "audio", ({ deviceId }) => deviceId)).toEqual([other]);
  expect(await negotiations(alice.page)).toBe(before);
  await expectRemoteAudio(bob, "Alice");
  await alice.page.reload();
  await alice.room.join("Alice");
  await expect.poll(() => sent(alice.page, "audio", ({ deviceId }) => deviceId)).toEqual([other]);
});

test("the background is blurred where the browser can, and not offered elsewhere", async ({ join, bob }) => {
  await bob.room.button("Camera options").click();
  await expect(bob.page.getByRole("combobox", { name: "Picture size" })).toBeVisible();
  await expect(bob.page.getByRole("switch", { name: "Blur my background" })).toHaveCount(0);
  const carol = await join("Carol", { devices: "test picture", scripts: [canBlur] });
  await carol.room.button("Camera options").click();
  await carol.page.getByRole("switch", { name: "Blur my background" }).click();
  const wanted = carol.page.locator("html");
  await expect(wanted).toHaveAttribute("data-blur", "true");
  await carol.page.reload();
  await carol.room.join("Carol");
  await expect(wanted).toHaveAttribute("data-blur", "true");
});

test("what is chosen for all calls is remembered, and so is what was off", async ({ alice }) => {
  const kept = ["Save data", "Fewer announcements"];
  for (const name of kept) await turn(alice, name);
  await alice.room.turn("off", "camera");
  await alice.room.turn("off", "microphone");
  await alice.page.reload();
  await alice.room.join("Alice");
  await expect(alice.room.button("Turn on camera")).toBeVisible();
  await expect(alice.room.button("Turn on microphone")).toBeVisible();
  await alice.room.moreOptions.click();
  await alice.room.button("Settings").click();
  for (const name of kept) await expect(alice.page.getByRole("switch", { name })).toBeChecked();
  await expect(alice.page.getByRole("switch", { name: "Sound only" })).not.toBeChecked();
});

test("the title of a tab that is hidden counts what happened, and forgets it when it is seen", async ({
  alice,
  bob,
  join,
}) => {
  const title = await alice.page.title();
  await hide(alice.page);
  await bob.room.chat.click();
  await bob.room.write("Tea?");
  await expect(alice.page).toHaveTitle(`(1) ${title}`);
  await join("Carol");
  await expect(alice.page).toHaveTitle(`(2) ${title}`);
  await hide(alice.page, false);
  await expect(alice.page).toHaveTitle(title);
});

test("the camera's menu changes its size and the mirror", async ({ join, bob }) => {
  const carol = await join("Carol", { devices: "test picture" });
  await expectMoving(bob, "Carol");
  await expect.poll(() => sent(carol.page, "video", (track) => track.height)).toEqual([720, 720]);
  await carol.room.button("Camera options").click();
  await carol.page.getByRole("combobox", { name: "Picture size" }).selectOption("Small (360p)");
  await expect.poll(() => sent(carol.page, "video", (track) => track.height)).toEqual([360, 360]);
  const own = carol.room.me.locator("video");
  await expect(own).not.toHaveCSS("transform", "none");
  await carol.page.getByRole("switch", { name: "Mirror my picture" }).click();
  await expect(own).toHaveCSS("transform", "none");
  await carol.page.keyboard.press("Escape");
  await expectMoving(bob, "Carol");

  await carol.page.reload();
  await expect(carol.room.preview).toHaveCSS("transform", "none");
  await carol.room.join("Carol");
  await expectMoving(bob, "Carol");
  await expect(own).toHaveCSS("transform", "none");
  await expect.poll(() => sent(carol.page, "video", (track) => track.height)).toEqual([360, 360]);
});

test("whoever saves data sends little, and all of it again afterwards", async ({ alice, bob }) => {
  await expectMoving(bob, "Alice");
  await expect.poll(() => limits(alice.page)).toEqual([{ maxBitrate: undefined, maxFramerate: undefined, halved: false }]);
  await turn(alice, "Save data");
  await expect.poll(() => limits(alice.page)).toEqual([{ maxBitrate: 250_000, maxFramerate: 15, halved: true }]);
  await expectMoving(bob, "Alice");
  await turn(alice, "Save data");
  await expect.poll(() => limits(alice.page)).toEqual([{ maxBitrate: undefined, maxFramerate: undefined, halved: false }]);
});

test("sound only: no picture goes or comes, and the camera's button ends it", async ({ alice, bob }) => {
  await expectRemoteMedia(alice, "Bob");
  const before = await negotiations(alice.page);
  await turn(alice, "Sound only");
  await expect(alice.room.button("Turn on camera")).toBeVisible();
  await expect(alice.room.tile("Bob").locator("video")).toBeHidden();
  await expect.poll(() => sent(bob.page, "video", (track) => track.height)).toEqual([]);
  await expect.poll(() => sent(alice.page, "video", (track) => track.height)).toEqual([]);
  await expectRemoteAudio(alice, "Bob");
  await expectRemoteAudio(bob, "Alice");

  await alice.room.button("Turn on camera").click();
  await expectRemoteMedia(alice, "Bob");
  await expectRemoteMedia(bob, "Alice");
  expect(await negotiations(alice.page)).toBe(before);
});

test("who wants fewer announcements is not told who comes", async ({ alice, bob, join }) => {
  await turn(alice, "Fewer announcements");
  await join("Carol");
  await expect(bob.page.getByText("Carol joined")).toBeVisible();
  await expect(alice.room.tile("Carol")).toBeVisible();
  await expect(alice.page.getByText("Carol joined")).toHaveCount(0);
});

test("notifications are asked for when they are turned on, and tell who comes while the tab is hidden", async ({
  join,
}) => {
  const alice = await join("Alice", { scripts: [fakeNotifications] });
  expect(await alice.page.evaluate(() => window.tincanAsked)).toBe(0);
  await alice.room.moreOptions.click();
  await alice.room.button("Settings").click();
  const notifications = alice.page.getByRole("switch", { name: "Notifications" });
  await notifications.click();
  await expect(alice.page.getByText("Your browser does not allow it.")).toBeVisible();
  await expect(notifications).not.toBeChecked();
  await alice.page.evaluate(() => {
    window.tincanAnswer = "granted";
  });
  await notifications.click();
  await expect(notifications).toBeChecked();
  await alice.page.keyboard.press("Escape");

  const bob = await join("Bob");
  await expect(alice.room.tile("Bob")).toBeVisible();
  expect(await alice.page.evaluate(() => window.tincanNotified), "the person looks at the call").toEqual([]);
  await hide(alice.page);
  await bob.room.leaveCall.click();
  await expect.poll(() => alice.page.evaluate(() => window.tincanNotified)).toEqual(["Bob left"]);
  await expect(alice.page).toHaveTitle(/^\(1\) /);
});

declare global {
  interface Window {
    tincanAsked?: number;
    tincanAnswer?: NotificationPermission;
    tincanNotified?: string[];
  }
}

/** Runs before the page's own scripts: a system that says no until `tincanAnswer` says otherwise. */
function fakeNotifications(): void {
  window.tincanAsked = 0;
  window.tincanAnswer = "denied";
  window.tincanNotified = [];
  class Fake {
    static permission: NotificationPermission = "default";
    static requestPermission(): Promise<NotificationPermission> {
      window.tincanAsked = (window.tincanAsked ?? 0) + 1;
      Fake.permission = window.tincanAnswer ?? "denied";
      return Promise.resolve(Fake.permission);
    }
    constructor(title: string) {
      window.tincanNotified?.push(title);
    }
  }
  Object.defineProperty(window, "Notification", { value: Fake });
}

/** Runs before the page's own scripts: a system that can blur what is behind a person. */
function canBlur(): void {
  // The empty page before it has no devices.
  if (!isSecureContext) return;
  const capabilities = MediaStreamTrack.prototype.getCapabilities;
  MediaStreamTrack.prototype.getCapabilities = function () {
    return { ...capabilities.call(this), backgroundBlur: [false, true] };
  };
  const note = (video: unknown): void => {
    const blur = typeof video === "object" && video !== null && "backgroundBlur" in video && video.backgroundBlur;
    document.documentElement.dataset["blur"] = JSON.stringify(blur);
  };
  const apply = MediaStreamTrack.prototype.applyConstraints;
  MediaStreamTrack.prototype.applyConstraints = function (wanted) {
    note(wanted);
    return apply.call(this, wanted);
  };
  const { mediaDevices } = navigator;
  const open = mediaDevices.getUserMedia.bind(mediaDevices);
  mediaDevices.getUserMedia = (wanted) => {
    note(wanted?.video);
    return open(wanted);
  };
}

/** As when the person goes to another tab, or comes back. */
async function hide(page: Page, hidden = true): Promise<void> {
  await page.evaluate((hidden) => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
    document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
  }, hidden);
}

/** Turns a switch of "Settings". */
async function turn({ page, room }: Person, name: string): Promise<void> {
  await room.moreOptions.click();
  await room.button("Settings").click();
  const dialog = page.getByRole("dialog", { name: "Settings" });
  await dialog.getByRole("switch", { name }).click();
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
}

/** Something of each track of that kind that is sent, in all connections. */
async function sent<T>(page: Page, kind: string, read: (settings: MediaTrackSettings) => T): Promise<T[]> {
  const all = await page.evaluate(
    (kind) =>
      (window.tincanConnections ?? [])
        .filter(({ connectionState }) => connectionState !== "closed")
        .flatMap((connection) => connection.getSenders())
        .flatMap(({ track }) => (track !== null && track.kind === kind ? [track.getSettings()] : [])),
    kind,
  );
  return all.map(read);
}

interface Limits {
  maxBitrate: number | undefined;
  maxFramerate: number | undefined;
  halved: boolean;
}

/** How each camera's picture is sent. */
async function limits(page: Page): Promise<Limits[]> {
  return page.evaluate(() =>
    (window.tincanConnections ?? [])
      .filter(({ connectionState }) => connectionState !== "closed")
      .flatMap((connection) => connection.getSenders())
      .filter(({ track }) => track?.kind === "video")
      .map((sender) => {
        const { maxBitrate, maxFramerate, scaleResolutionDownBy } = sender.getParameters().encodings[0] ?? {};
        return { maxBitrate, maxFramerate, halved: scaleResolutionDownBy === 2 };
      }),
  );
}
