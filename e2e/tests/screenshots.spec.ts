/** Pictures of every screen, to be looked at: sizes and themes into `screenshots/`, one for the README. */
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { expect, test } from "../fixtures/call.ts";
import { startChromium } from "../support/browsers.ts";
import { recordConnections } from "../support/connections.ts";
import { RoomPage } from "../pages/room.ts";
import { settled } from "../support/animations.ts";
import { LOOKS, drawnPersona } from "../support/portrait.ts";

const FOLDER = join(import.meta.dirname, "..", "screenshots");
const README_PICTURE = join(import.meta.dirname, "..", "..", "docs", "call.png");

const SIZES = {
  desktop: { width: 1440, height: 900 },
  tablet: { width: 768, height: 1024 },
  phone: { width: 390, height: 844 },
} as const;

const THEMES = ["light", "dark"] as const;

test("home, lobby, alone and call", async ({ person, server, room }) => {
  const painter = await person("Painter");
  const browsers = [
    await startChromium(await drawnPersona(painter.page, "Ada", LOOKS.Ada), "own"),
    await startChromium(await drawnPersona(painter.page, "Ben", LOOKS.Ben), "own"),
  ] as const;
  try {
    const [page, other] = await Promise.all(
      browsers.map(async (browser) => {
        const context = await browser.newContext({ viewport: SIZES.desktop });
        await context.addInitScript(recordConnections);
        return context.newPage();
      }),
    );
    if (page === undefined || other === undefined) throw new Error("two browsers were started above");
    const ada = new RoomPage(page);
    const ben = new RoomPage(other);

    await page.goto(server.url);
    await expect(page.getByRole("button", { name: /^New call/ })).toBeVisible();
    await everyLook(page, "home");

    await ada.openLobby(room);
    await expectPictures(page, 1);
    await everyLook(page, "lobby");
    await ada.button("Check my network").click();
    await expect(page.getByRole("status").filter({ hasText: /^(Good|Your network)/ })).toBeVisible();
    await everyLook(page, "check");
    await page.keyboard.press("Escape");

    await ada.join("Ada");
    await expectPictures(page, 1);
    await everyLook(page, "alone");

    await ben.openLobby(room);
    await ben.join("Ben");
    await expectPictures(page, 2);
    await expectPictures(other, 2);
    // What was announced on arrival goes by itself.
    await expect(page.getByText("Ben joined")).toHaveCount(0, { timeout: 30_000 });
    await everyLook(page, "call");

    await ben.moreOptions.click();
    await ben.button("Raise hand").click();
    await ben.chat.click();
    await ben.write("Hello Ada! The plan is at https://example.org/plan, the second half is new.");
    await ada.chat.click();
    await ada.write("Thank you, reading it now.");
    await expect(ben.messages.getByRole("article")).toHaveCount(2);
    await everyLook(page, "chat");
    await ada.chat.click();
    await ben.moreOptions.click();
    await ben.button("Lower hand").click();
    await expect(ada.tile("Ben").getByRole("img", { name: "Hand raised" })).toHaveCount(0);
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.emulateMedia({ colorScheme: "dark" });
    await page.screenshot({ path: README_PICTURE });

    await ada.button("Options for Ben").focus();
    await page.keyboard.press("Enter");
    await expect(page.getByText(/^Direct, /)).toBeVisible();
    await expect(page.getByRole("list", { name: "Safety code" })).toBeVisible();
    await everyLook(page, "participant");
    await ada.button("They match").click();
    await everyLook(page, "verified");
    await page.keyboard.press("Escape");

    await ada.people.click();
    await everyLook(page, "people");
    await ada.people.click();
    await ada.moreOptions.click();
    await everyLook(page, "options");
    await page.getByRole("radio", { name: "Speaker" }).check();
    await page.keyboard.press("Escape");
    await everyLook(page, "speaker");
    await ada.button("Sound options").click();
    await everyLook(page, "sound");
    await page.keyboard.press("Escape");
    await ada.button("Camera options").click();
    await everyLook(page, "camera");
    await page.keyboard.press("Escape");
    await ada.moreOptions.click();
    await ada.button("Settings").click();
    await everyLook(page, "settings");
    await page.keyboard.press("Escape");
    await page.keyboard.press("?");
    await everyLook(page, "shortcuts");
    await page.keyboard.press("Escape");

    const third = await browsers[1].newContext({ viewport: SIZES.desktop, colorScheme: "dark" });
    const cleo = new RoomPage(await third.newPage());
    await cleo.openLobby(room);
    await cleo.join("Cleo");
    await expectPictures(page, 3);
    await expect(page.getByText("Cleo joined")).toHaveCount(0, { timeout: 30_000 });
    await everyLook(page, "speaker-three");
    await ada.me.hover();
    await ada.button("Shrink self view").click();
    await everyLook(page, "small-self");
    await ada.button("Enlarge self view").click();
    await ada.button("Pin Ben").focus();
    await page.keyboard.press("Enter");
    await cleo.shareScreen.click();
    await expect(ada.screen("Cleo")).toBeVisible();
    await everyLook(page, "pinned-screen");
  } finally {
    for (const browser of browsers) await browser.close();
  }
});

async function everyLook(page: Page, screen: string): Promise<void> {
  for (const [size, viewport] of Object.entries(SIZES)) {
    await page.setViewportSize(viewport);
    for (const colorScheme of THEMES) {
      await page.emulateMedia({ colorScheme });
      await settled(page);
      await page.screenshot({ path: join(FOLDER, `${screen}-${size}-${colorScheme}.png`) });
    }
  }
  await page.setViewportSize(SIZES.desktop);
}

/** That many videos on the page have a picture. */
async function expectPictures(page: Page, count: number): Promise<void> {
  await expect
    .poll(() => page.evaluate(() => [...document.querySelectorAll("video")].filter((v) => v.videoWidth > 0 && v.currentTime > 0).length))
    .toBe(count);
}
