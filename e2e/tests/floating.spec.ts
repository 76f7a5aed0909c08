/** The call in a small window of its own, above all others. */
import type { Page } from "@playwright/test";
import { type Person, expect, test } from "../fixtures/call.ts";

test("people and controls are in the small window, and gone with it", async ({ alice, bob }) => {
  await expect(alice.room.tile(bob.name)).toBeVisible();
  let small = await float(alice);
  await expect(small.getByRole("group", { name: bob.name })).toBeVisible();
  await expectPlaying(small, bob.name);

  await small.getByRole("button", { name: "Turn off microphone" }).click();
  await expect(alice.room.button("Turn on microphone")).toBeVisible();
  await bob.room.turn("off", "camera");
  await expect(small.getByRole("group", { name: bob.name }).locator("video")).toBeHidden();

  const close = alice.room.button("Close picture in picture");
  await close.click();
  await expect(alice.room.button("Picture in picture")).toBeVisible();
  expect(small.isClosed()).toBe(true);

  // The person closes it by the window's own cross.
  small = await float(alice);
  await small.close();
  await expect(close).toHaveCount(0);

  small = await float(alice);
  const gone = small.waitForEvent("close");
  await small.getByRole("button", { name: "Leave call" }).click();
  await gone;
  await expect(alice.page.getByRole("heading", { name: "You left the call" })).toBeVisible();
});

test("where a video alone can float, the best one does", async ({ join, alice }) => {
  const carol = await join("Carol", {
    scripts: [
      () => {
        Reflect.deleteProperty(window, "documentPictureInPicture");
        HTMLVideoElement.prototype.requestPictureInPicture = function () {
          document.documentElement.dataset["floats"] = this.getAttribute("aria-label") ?? "";
          return Promise.reject(new DOMException("not today", "NotAllowedError"));
        };
      },
    ],
  });
  await expect(carol.room.tile(alice.name).locator("video")).toBeVisible();
  await carol.room.button("Picture in picture").click();
  await expect(carol.page.locator("html")).toHaveAttribute("data-floats", alice.name);
});

/** Opens the small window. */
async function float({ context, room }: Person): Promise<Page> {
  const opened = context.waitForEvent("page");
  await room.button("Picture in picture").click();
  return opened;
}

async function expectPlaying(page: Page, name: string): Promise<void> {
  const time = (): Promise<number> =>
    page.getByRole("group", { name }).locator("video").evaluate((video: HTMLVideoElement) => video.currentTime);
  const before = await time();
  await expect.poll(time).toBeGreaterThan(before);
}
