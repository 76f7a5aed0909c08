/** Firefox and Chromium in one call. Firefox is the one that is installed, driven through BiDi. */
import type { ElementHandle, Page } from "puppeteer-core";
import { expect, test } from "../fixtures/call.ts";
import { startFirefox } from "../support/browsers.ts";
import { control, joinInFirefox } from "../support/firefox.ts";
import { recordConnections } from "../support/connections.ts";
import { expectMoving, expectRemoteAudio, type Received, readReceived } from "../support/media.ts";

for (const first of ["Firefox", "Chromium"] as const) {
  test(`a call that ${first} opened`, async ({ join, room }) => {
    const firefox = await startFirefox();
    try {
      const page = await firefox.newPage();
      const errors: string[] = [];
      page.on("pageerror", (error) => errors.push(String(error)));
      await page.evaluateOnNewDocument(recordConnections);
      if (first === "Firefox") await joinInFirefox(page, room, "Fox");
      const alice = await join("Alice");
      if (first === "Chromium") await joinInFirefox(page, room, "Fox");

      await expectMoving(alice, "Fox");
      await expectRemoteAudio(alice, "Fox");
      await expectToReceive(page, "Alice");

      await (await control(page, "button", "Leave call")).click();
      await expect(alice.room.tile("Fox")).toHaveCount(0);
      expect(errors).toEqual([]);
    } finally {
      await firefox.close();
    }
  });
}

/** In Firefox: the tile of `name` moves, and its sound has energy. */
async function expectToReceive(page: Page, name: string): Promise<void> {
  let first: Received | undefined;
  await expect
    .poll(
      async () => {
        const video: ElementHandle | null = await page.$(`[role=group][aria-label="${name}"] video`);
        const now = video === null ? undefined : await video.evaluate(readReceived);
        if (now !== undefined && now.framesDecoded < (first?.framesDecoded ?? Infinity)) first = now;
        return (
          now !== undefined &&
          first !== undefined &&
          now.framesDecoded > first.framesDecoded + 3 &&
          now.currentTime > first.currentTime &&
          now.audioEnergy > first.audioEnergy &&
          now.audible
        );
      },
      { message: `Firefox should see and hear ${name}`, timeout: 30_000 },
    )
    .toBe(true);
}
