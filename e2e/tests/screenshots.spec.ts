/** Pictures of every screen, to be looked at: languages, sizes and themes into `screenshots/`, one for the README. */
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { expect, test } from "../fixtures/call.ts";
import { startChromium } from "../support/browsers.ts";
import { recordConnections } from "../support/connections.ts";
import { RoomPage } from "../pages/room.ts";
import { settled } from "../support/animations.ts";
import { LOOKS, drawnPersona } from "../support/portrait.ts";
import { beginning, words } from "../support/words.ts";

const FOLDER = join(import.meta.dirname, "..", "screenshots");
const README_PICTURE = join(import.meta.dirname, "..", "..", "docs", "call.png");

const SIZES = {
  desktop: { width: 1440, height: 900 },
  tablet: { width: 768, height: 1024 },
  phone: { width: 390, height: 844 },
} as const;

const THEMES = ["light", "dark"] as const;

/** The usual one, one with long words, and one from right to left. */
const LANGUAGES = ["en", "de", "ar"] as const;

for (const tag of LANGUAGES) {
  test(`home, lobby, alone and call in ${tag}`, async ({ person, server, room }) => {
    const say = words(tag);
    const everyLook = (page: Page, screen: string): Promise<void> => looks(page, join(FOLDER, tag), screen);
    const painter = await person("Painter");
    const browsers = [
      await startChromium(await drawnPersona(painter.page, "Ada", LOOKS.Ada), "own"),
      await startChromium(await drawnPersona(painter.page, "Ben", LOOKS.Ben), "own"),
    ] as const;
    try {
      const [page, other] = await Promise.all(
        browsers.map(async (browser, at) => {
          const context = await browser.newContext({ viewport: SIZES.desktop, locale: at === 0 ? tag : "en" });
          await context.addInitScript(recordConnections);
          return context.newPage();
        }),
      );
      if (page === undefined || other === undefined) throw new Error("two browsers were started above");
      const ada = new RoomPage(page, say);
      const ben = new RoomPage(other);

      await page.goto(server.url);
      await expect(page.getByRole("button", { name: beginning(say("new_call")) })).toBeVisible();
      await everyLook(page, "home");

      await ada.openLobby(room);
      await expectPictures(page, 1);
      await everyLook(page, "lobby");
      await ada.button(say("check_network")).click();
      await expect(page.getByRole("row", { name: beginning(say("uplink")) })).toBeVisible();
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
      await expect(page.getByText(say("joined", { name: "Ben" }))).toHaveCount(0, { timeout: 30_000 });
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
      await expect(ada.tile("Ben").getByRole("img", { name: say("hand_raised") })).toHaveCount(0);
      if (tag === "en") {
        await page.setViewportSize({ width: 1280, height: 800 });
        await page.emulateMedia({ colorScheme: "dark" });
        await page.screenshot({ path: README_PICTURE });
      }

      await ada.button(say("options_for", { name: "Ben" })).focus();
      await page.keyboard.press("Enter");
      await expect(page.getByText(beginning(say("direct")))).toBeVisible();
      await expect(page.getByRole("list", { name: say("safety_code") })).toBeVisible();
      await everyLook(page, "participant");
      await ada.button(say("safety_match")).click();
      await everyLook(page, "verified");
      await page.keyboard.press("Escape");

      await ada.people.click();
      await everyLook(page, "people");
      await ada.people.click();
      await ada.moreOptions.click();
      await everyLook(page, "options");
      await page.getByRole("radio", { name: say("layout_speaker") }).check();
      await page.keyboard.press("Escape");
      await everyLook(page, "speaker");
      await ada.button(say("sound_options")).click();
      await everyLook(page, "sound");
      await page.keyboard.press("Escape");
      await ada.button(say("camera_options")).click();
      await everyLook(page, "camera");
      await page.keyboard.press("Escape");
      await ada.moreOptions.click();
      await ada.button(say("settings")).click();
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
      await expect(page.getByText(say("joined", { name: "Cleo" }))).toHaveCount(0, { timeout: 30_000 });
      await everyLook(page, "speaker-three");
      await ada.me.hover();
      await ada.button(say("shrink_self_view")).click();
      await everyLook(page, "small-self");
      await ada.button(say("enlarge_self_view")).click();
      await ada.button(say("pin", { name: "Ben" })).focus();
      await page.keyboard.press("Enter");
      await cleo.shareScreen.click();
      await expect(ada.screen("Cleo")).toBeVisible();
      await everyLook(page, "pinned-screen");
    } finally {
      for (const browser of browsers) await browser.close();
    }
  });
}

test("a pass phrase", async ({ person, server, room }) => {
  const { page: alices, room: alice, home } = await person("Alice");
  await home.open(server.url);
  await alices.getByRole("link", { name: "Begin with a pass phrase" }).click();
  await alice.phrase.fill("marmalade at the lighthouse");
  await looks(alices, join(FOLDER, "en"), "phrase-new");
  await alices.goto(`${room}~`);
  await expect(alice.phrase).toBeFocused();
  await looks(alices, join(FOLDER, "en"), "phrase-asked");
  await alices.keyboard.type("one");
  await alices.keyboard.press("Enter");
  await expect(alice.button("Change the phrase")).toBeVisible();
  await looks(alices, join(FOLDER, "en"), "phrase-given");
  await alice.join("Alice");
  await alice.button("Invite people").click();
  await looks(alices, join(FOLDER, "en"), "phrase-invite");
  await alices.keyboard.press("Escape");

  const { page: bobs, room: bob } = await person("Bob");
  await bobs.goto(`${room}~`);
  await bob.phrase.fill("other");
  await bobs.keyboard.press("Enter");
  await expect(bobs.getByText("That phrase does not open this call")).toBeVisible();
  await looks(bobs, join(FOLDER, "en"), "phrase-wrong");
  await looks(alices, join(FOLDER, "en"), "phrase-another");
});

async function looks(page: Page, folder: string, screen: string): Promise<void> {
  for (const [size, viewport] of Object.entries(SIZES)) {
    await page.setViewportSize(viewport);
    for (const colorScheme of THEMES) {
      await page.emulateMedia({ colorScheme });
      await settled(page);
      await page.screenshot({ path: join(folder, `${screen}-${size}-${colorScheme}.png`) });
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
