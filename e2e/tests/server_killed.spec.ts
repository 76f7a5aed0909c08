/** Four people lose their server: not one picture is missed, and a fifth finds all four when it is back. */
import { expect, newLink, test } from "../fixtures/call.ts";
import { expectNobodyTwice, noteTwice } from "../support/crowd.ts";
import { expectShown, expectUninterrupted, looks, noteShown, shownAfter } from "../support/shown.ts";
import { withoutMicrophone } from "../support/silent.ts";

const FOUR = ["Alice", "Bob", "Carol", "Dave"] as const;
const scripts = [noteShown, noteTwice, withoutMicrophone];

/** Small windows: drawing pictures large takes more of the machine than the call does. */
const viewport = { width: 640, height: 480 };

/** Milliseconds that the server is away. */
const AWAY = 20_000;

/** Milliseconds from the server's return until the fifth sees everybody and is seen by all. */
const FOUND = 5_000;

test("a server that is stopped for another to take its place is hardly noticed", async ({ join, startServer }) => {
  const server = await startServer();
  const link = newLink(server.url);
  const two = [];
  for (const name of ["Alice", "Bob"]) two.push(await join(name, { link, scripts, viewport }));
  const both = looks(two);
  await Promise.all(both.map(({ page, tile }) => expectShown(page, tile)));

  const stopped = Date.now();
  await server.stop();
  await server.restart();
  const carol = await join("Carol", { link, scripts, viewport });
  await expectShown(carol.page, "Alice");
  await expectShown(carol.page, "Bob");
  await expectUninterrupted(both, stopped, Date.now());
  for (const { page, room } of two) {
    await expectShown(page, "Carol");
    await expect(room.tiles).toHaveCount(3);
    await expectNobodyTwice(page);
  }
});

test("four go on without their server, and a fifth finds them when it is back", async ({ join, person, startServer }) => {
  test.slow();
  const server = await startServer();
  const link = newLink(server.url);
  const four = [];
  for (const name of FOUR) four.push(await join(name, { link, scripts, viewport }));
  const all = looks(four);
  await Promise.all(all.map(({ page, tile }) => expectShown(page, tile)));

  await server.kill();
  const killed = Date.now();
  await expectUninterrupted(all, killed, killed + AWAY);

  // Their browser runs already when the server comes back.
  const erin = await person("Erin", { scripts, viewport });
  await server.restart();
  const back = Date.now();
  await erin.room.openLobby(link);
  await erin.room.join("Erin");
  const found = await Promise.all([
    ...FOUR.map((other) => shownAfter(erin.page, other, back, 20_000)),
    ...four.map(({ page }) => shownAfter(page, "Erin", back, 20_000)),
  ]);
  const took = Math.max(...found) - back;
  test.info().annotations.push({ type: "fifth", description: `${Math.round(took)} ms` });
  expect(took, "milliseconds from the server's return until the fifth saw and was seen").toBeLessThan(FOUND);

  for (const { page } of four) await expectShown(page, "Erin");
  for (const other of FOUR) await expectShown(erin.page, other);
  for (const { page, room } of [...four, erin]) {
    await expect(room.tiles).toHaveCount(5);
    await expectNobodyTwice(page);
    const made = await page.evaluate(() => window.tincanConnections?.length);
    expect(made, "one connection to each of the others, none made anew").toBe(4);
  }
});
