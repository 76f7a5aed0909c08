/** Paths are made anew before anybody misses them, and connections that no restart can help. */
import { type Person, expect, newLink, test } from "../fixtures/call.ts";
import { Cable } from "../support/cable.ts";
import { expectNobodyTwice, noteTwice } from "../support/crowd.ts";
import { expectMoving, expectRemoteMedia } from "../support/media.ts";
import { fragments, moveable } from "../support/networks.ts";
import { expectShown, expectUninterrupted, looks, noteShown } from "../support/shown.ts";

declare global {
  interface Window {
    /** What was done to the page's connections, in order; added by the tests. */
    tincanSteps?: { step: string; username?: string }[];
  }
}

test("who changes networks while the server is away has the path made anew without it", async ({ join, server }) => {
  const cable = await Cable.to(server);
  const arrival = { link: newLink(cable.url), scripts: [moveable, noteShown] };
  const alice = await join("Alice", arrival);
  const bob = await join("Bob", arrival);
  const both = [alice, bob];
  for (const { page, tile } of looks(both)) await expectShown(page, tile);

  cable.pull();
  for (const { page } of both) await expect(page.getByText(/Reconnecting to the server/)).toBeVisible();
  const start = Date.now();
  await expectOtherPaths(both, () => bob.page.evaluate(() => window.tincanMove?.("cellular")));
  await expectMoving(alice, "Bob");
  await expectMoving(bob, "Alice");
  await expectUninterrupted(looks(both), start, Date.now());
  for (const { page } of both) await expect(page.getByText(/Reconnecting to the server/)).toBeVisible();
  cable.remove();
});

test("a path is made anew with what the relay takes by then", async ({ join, server }) => {
  const cable = await Cable.to(server);
  const arrival = { link: newLink(cable.url), scripts: [moveable, noteSteps] };
  const both = [await join("Alice", arrival), await join("Bob", arrival)] as const;
  await expectRemoteMedia(both[0], "Bob");
  // The server tells each socket anew what the relay takes.
  const resumed = both.map(async ({ page }) => {
    const socket = await page.waitForEvent("websocket");
    await socket.waitForEvent("framereceived", ({ payload }) => String(payload).includes('"resumed"'));
  });
  cable.cut();
  await Promise.all(resumed);

  const [, bob] = both;
  await expectOtherPaths(both, () => bob.page.evaluate(() => window.tincanMove?.("cellular")));
  // One of them offers, and so restarts.
  const steps = await Promise.all(both.map(({ page }) => page.evaluate(() => window.tincanSteps)));
  const offerers = steps.filter((all) => all?.some(({ step }) => step === "restartIce"));
  expect(offerers.map((all) => all?.map(({ step }) => step))).toEqual([["setConfiguration", "restartIce"]]);
  // Good until then, in seconds since 1970.
  expect(offerers[0]?.[0]?.username).toMatch(/^\d{10}:/);
  cable.remove();
});

test("a connection that nothing can help is made anew, and the others stay as they are", async ({ join }) => {
  test.slow();
  const scripts = [noteShown, noteTwice];
  const alice = await join("Alice", { scripts });
  const bob = await join("Bob", { scripts });
  const carol = await join("Carol", { scripts });
  const everybody = [alice, bob, carol];
  for (const { page, tile } of looks(everybody)) await expectShown(page, tile);

  const start = Date.now();
  // To Alice, who came first. Whoever closes a connection is not told of it, nor is the other side.
  await bob.page.evaluate(() => window.tincanConnections?.[0]?.close());
  for (const { page } of [alice, bob]) {
    await expect.poll(() => page.evaluate(() => window.tincanConnections?.length), { timeout: 90_000 }).toBe(3);
  }
  await expectMoving(alice, "Bob");
  await expectMoving(bob, "Alice");
  const others = looks(everybody).filter(({ page, tile }) => page === carol.page || tile === "Carol");
  await expectUninterrupted(others, start, Date.now());
  for (const { page, room } of everybody) {
    await expect(room.tiles).toHaveCount(3);
    await expectNobodyTwice(page);
  }
  expect(await carol.page.evaluate(() => window.tincanConnections?.length)).toBe(2);
});

/** Once `deed` is done, all of their paths are others than before. */
async function expectOtherPaths(people: readonly Person[], deed: () => Promise<unknown>): Promise<void> {
  const before = await Promise.all(people.map(({ page }) => page.evaluate(fragments)));
  for (const paths of before) expect(paths).toEqual([expect.stringMatching(/./)]);
  await deed();
  for (const [index, { page }] of people.entries()) {
    await expect
      .poll(async () => {
        const now = await page.evaluate(fragments);
        return now.length === 1 && now[0] !== before[index]?.[0];
      })
      .toBe(true);
  }
}

/** Runs in a page before its own scripts. */
function noteSteps(): void {
  const steps: { step: string; username?: string }[] = [];
  window.tincanSteps = steps;
  const { prototype } = RTCPeerConnection;
  const { setConfiguration, restartIce } = prototype;
  prototype.setConfiguration = function (configuration) {
    const username = configuration?.iceServers?.find((server) => server.username)?.username;
    steps.push({ step: "setConfiguration", ...(username === undefined ? {} : { username }) });
    setConfiguration.call(this, configuration);
  };
  prototype.restartIce = function () {
    steps.push({ step: "restartIce" });
    restartIce.call(this);
  };
}
