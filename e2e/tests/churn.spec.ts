/** Many come and go in a minute; nothing of them stays with the one who does. */
import type { CDPSession } from "@playwright/test";
import { type Person, expect, test } from "../fixtures/call.ts";
import { openConnections } from "../support/connections.ts";
import { expectNobodyTwice, noteTwice } from "../support/crowd.ts";
import { keepMemory, wasmBytes } from "../support/memory.ts";
import { noteShown, shownAfter } from "../support/shown.ts";

/** How often somebody comes and goes. */
const VISITS = 24;

/** After so many everything that is made once has been made. */
const SETTLED = 4;

/** Bytes that may be kept of the visits in between. */
const GROWTH = 2_000_000;

test("24 visits leave no tile, no connection and no memory behind", async ({ join, person, room }) => {
  test.slow();
  const alice = await join("Alice", { scripts: [noteShown, noteTwice, keepMemory] });
  const devtools = await alice.context.newCDPSession(alice.page);
  await devtools.send("Performance.enable");
  const alone = await openConnections(alice.page);

  let settled = { heap: NaN, wasm: NaN };
  const start = Date.now();
  for (let visit = 1; visit <= VISITS; visit++) {
    const bob = await person("Bob");
    await bob.room.openLobby(room);
    await bob.room.join("Bob");
    await shownAfter(alice.page, "Bob", Date.now(), 20_000);
    // By the button, by closing the tab, and by going elsewhere.
    if (visit % 3 === 0) await bob.room.leaveCall.click();
    else if (visit % 3 === 1) await bob.page.close();
    else await bob.page.goto("about:blank");
    await expect(alice.room.tile("Bob")).toHaveCount(0);
    await bob.context.close();
    if (visit === SETTLED) settled = await footprint(alice, devtools);
  }
  const took = Date.now() - start;
  test.info().annotations.push({ type: "24 visits took", description: `${took / 1000} s` });
  expect(took, "milliseconds that 24 joins and leaves took").toBeLessThan(60_000);

  await expect(alice.room.tiles).toHaveCount(1);
  await expect.poll(() => openConnections(alice.page)).toBe(alone);
  const after = await footprint(alice, devtools);
  const growth = { heap: after.heap - settled.heap, wasm: after.wasm - settled.wasm };
  test.info().annotations.push({ type: "bytes kept", description: `heap ${growth.heap}, wasm ${growth.wasm}` });
  expect(growth.heap + growth.wasm, "bytes kept of twenty visits").toBeLessThan(GROWTH);
  await expectNobodyTwice(alice.page);
});

/** Bytes in use once nothing that could be freed is left. */
async function footprint({ page }: Person, devtools: CDPSession): Promise<{ heap: number; wasm: number }> {
  // What the tests hold is not the page's.
  await openConnections(page);
  await devtools.send("HeapProfiler.collectGarbage");
  await devtools.send("HeapProfiler.collectGarbage");
  const { metrics } = await devtools.send("Performance.getMetrics");
  const heap = metrics.find(({ name }) => name === "JSHeapUsedSize")?.value ?? NaN;
  return { heap, wasm: await wasmBytes(page) };
}
