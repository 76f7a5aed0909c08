/** Somebody's browser is offline for a while: they are told, and the others notice nothing. */
import { expect, test } from "../fixtures/call.ts";
import { Cable } from "../support/cable.ts";
import { expectNobodyTwice, noteTwice } from "../support/crowd.ts";
import { expectShown, expectUninterrupted, looks, noteShown } from "../support/shown.ts";

const scripts = [noteShown, noteTwice];

/** Milliseconds. */
const AWAY = 10_000;

test("one of three is offline for ten seconds and is back", async ({ join, room, server }) => {
  const cable = await Cable.to(server);
  try {
    const alice = await join("Alice", { scripts });
    const bob = await join("Bob", { scripts });
    const carol = await join("Carol", { scripts, link: room.replace(server.url, cable.url) });
    const everybody = [alice, bob, carol];
    const all = looks(everybody);
    for (const { page, tile } of all) await expectShown(page, tile);

    // The browser's own word for it leaves open sockets alone, so those are cut beside it.
    await carol.context.setOffline(true);
    cable.pull();
    const gone = Date.now();
    await expect(carol.page.getByText(/You are offline/)).toBeVisible();
    await carol.room.turn("off", "microphone");
    // Pictures do not go through the server, and this offline does not reach them.
    await expectUninterrupted(all, gone, gone + AWAY);
    await expect(carol.page.getByText(/You are offline/)).toBeVisible();

    cable.plug();
    await carol.context.setOffline(false);
    await expect(carol.page.getByText(/You are offline/)).toBeHidden();
    await expect(carol.page.getByText(/Reconnecting to the server/)).toBeHidden();
    for (const { room } of [alice, bob]) {
      await expect(room.tile("Carol").getByText("Microphone off")).toBeAttached();
    }

    // Who comes now hears of Carol from the server.
    const dave = await join("Dave", { scripts });
    for (const { name, page } of everybody) {
      await expectShown(dave.page, name);
      await expectShown(page, "Dave");
    }
    for (const { page, room } of [...everybody, dave]) {
      await expect(room.tiles).toHaveCount(4);
      await expectNobodyTwice(page);
    }
  } finally {
    cable.remove();
  }
});
