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
  await alice.page.keyboard.press("Escape");
  await expect(menu).toBeHidden();
  await expect(caret).toBeFocused();
  await expectRemoteMedia(bob, "Alice");
  expect(await negotiations(alice.page)).toBe(before);

  await alice.page.reload();
  await alice.room.join("Alice");
  await expectRemoteAudio(bob, "Alice");
  await expect.poll(() => sent(alice.page, "audio", (track) => track.noiseSuppression)).toEqual([false]);
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

/** As when the person goes to another tab. */
async function hide(page: Page): Promise<void> {
  await page.evaluate(() => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => true });
    document.dispatchEvent(new Event("visibilitychange"));
  });
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
