/** Firefox and Chromium in one call. Firefox is the one that is installed, driven through BiDi. */
import { expect, test } from "../fixtures/call.ts";
import { startFirefox } from "../support/browsers.ts";
import { control, expectToReceive, joinInFirefox } from "../support/firefox.ts";
import { recordConnections } from "../support/connections.ts";
import { expectMoving, expectRemoteAudio } from "../support/media.ts";

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
