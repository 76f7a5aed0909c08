/** Firefox and Chromium in one call. Firefox is the one that is installed, driven through BiDi. */
import { expect, test } from "../fixtures/call.ts";
import { startFirefox } from "../support/browsers.ts";
import { control, expectToReceive, joinInFirefox } from "../support/firefox.ts";
import { recordConnections } from "../support/connections.ts";
import { expectMoving, expectRemoteAudio } from "../support/media.ts";
import { fragments, moveable } from "../support/networks.ts";

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

test("Firefox changes networks, and its path is made anew", async ({ join, room }) => {
  const firefox = await startFirefox();
  try {
    const page = await firefox.newPage();
    for (const script of [recordConnections, moveable]) await page.evaluateOnNewDocument(script);
    const alice = await join("Alice");
    await joinInFirefox(page, room, "Fox");
    await expectMoving(alice, "Fox");
    await expectToReceive(page, "Alice");

    const paths = async (): Promise<string[][]> => [await page.evaluate(fragments), await alice.page.evaluate(fragments)];
    const before = await paths();
    expect(before.map((all) => all.length)).toEqual([1, 1]);
    await page.evaluate(() => window.tincanMove?.("cellular"));
    await expect.poll(async () => (await paths()).every(([now], side) => now !== undefined && now !== before[side]?.[0])).toBe(true);
    await expectMoving(alice, "Fox");
    await expectToReceive(page, "Alice");
    await expect(alice.room.tiles).toHaveCount(2);
  } finally {
    await firefox.close();
  }
});
