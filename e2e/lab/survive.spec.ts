/**
 * A mesh survives what happens to one of its people: silence, another address, a killed browser.
 * These take their time, since nothing shortens a real silence or the server's patience.
 */
import { expect, test } from "@playwright/test";
import { TINCAN, origin } from "../bench/site.ts";
import { RoomPage } from "../pages/room.ts";
import { expectNobodyTwice, noteTwice } from "../support/crowd.ts";
import { type Look, expectShown, expectUninterrupted, looks, noteShown, shownAfter } from "../support/shown.ts";
import { type Home, Laboratory } from "./laboratory.ts";
import { type Namespace, removeAbandoned, whyNot } from "./namespace.ts";
import { Somebody, type Visit } from "./person.ts";
import { Program } from "./program.ts";

/** Milliseconds from the repair of a network until all see all. */
const RECOVERED = 10_000;

/** Milliseconds for which those who heard somebody wait for them, and those to notice it. */
const GONE = 30_000 + 5_000;

/** In a full call somebody who was lost keeps their place for five seconds; the rest is Carol's way in. */
const PLACE = 5_000 + 10_000;

/** A page that waits for nothing and presses nothing by itself. */
const IDLE = { button: "Join call", after: null };

/** Says that a connection carries nothing. */
const BROKEN = /Interrupted|Reconnecting|Lost/;

test("one of three falls silent for ten seconds, and is back", async () => {
  await threeInTwoHomes(async ([alice, bob, carol], home) => {
    const start = Date.now();
    home.silence();
    await Promise.all([
      expectUninterrupted(looks([alice, carol]), start, start + 10_000),
      expectLost(bob, [alice, carol]),
    ]);
    await expect(bob.page.getByText(/Reconnecting to the server/)).toBeVisible();

    const mended = Date.now();
    home.speak();
    await expectRecovered([alice, bob, carol], mended);
  });
});

test("a link is down for fifteen seconds and comes back on another address", async () => {
  await threeInTwoHomes(async ([alice, bob, carol], home) => {
    const start = Date.now();
    home.unplug();
    await Promise.all([
      expectUninterrupted(looks([alice, carol]), start, start + 15_000),
      expectLost(bob, [alice, carol]),
    ]);
    await expect(bob.page.getByText(/You are offline|Reconnecting to the server/)).toBeVisible();

    const mended = Date.now();
    home.changeAddress();
    await expectRecovered([alice, bob, carol], mended);
  });
});

test("a killed browser is gone after the server's patience, and so is its place", async () => {
  test.slow();
  await here(["--max-participants", "2"], async (come) => {
    const alice = await come("Alice");
    const bob = await come("Bob");
    await expectShown(alice.visit.page, "Bob");

    const killed = Date.now();
    await bob.who.kill();
    await expect(alice.room.tile("Bob").getByText(BROKEN)).toBeVisible();
    const carol = await come("Carol");
    await expect(carol.room.leaveCall).toBeVisible({ timeout: Math.max(1, killed + PLACE - Date.now()) });
    await expect(alice.room.tile("Bob")).toHaveCount(0, { timeout: Math.max(1, killed + GONE - Date.now()) });
    await expectShown(alice.visit.page, "Carol");
    await expectShown(carol.visit.page, "Alice");
    await expect(alice.room.tiles).toHaveCount(2);
    await expectNobodyTwice(alice.visit.page);
  });
});

test("a killed browser that opens its tabs again takes the place of its former self", async () => {
  test.slow();
  await here([], async (come) => {
    const alice = await come("Alice");
    const bob = await come("Bob");
    await expectShown(alice.visit.page, "Bob");
    const kept = await bob.visit.page.evaluate(() => ({ ...sessionStorage }) as Record<string, string>);

    await bob.who.kill();
    await expect(alice.room.tile("Bob").getByText(BROKEN)).toBeVisible();
    const again = await come("Bob", kept);
    await expectShown(alice.visit.page, "Bob");
    await expectShown(again.visit.page, "Alice");
    await expect(alice.room.tiles).toHaveCount(2);
    for (const { visit } of [alice, again]) await expectNobodyTwice(visit.page);
  });
});

interface Caller {
  who: Somebody;
  visit: Visit;
  room: RoomPage;
}

/** A call on this machine, with a server that is given `options`. */
async function here(
  options: string[],
  use: (come: (name: string, kept?: Record<string, string>) => Promise<Caller>) => Promise<void>,
): Promise<void> {
  const server = await Program.tincan("here", TINCAN.port, options);
  const people: Somebody[] = [];
  try {
    const link = TINCAN.newCall(origin(TINCAN, "here"));
    await use(async (name, kept) => {
      const who = await Somebody.at("here", name);
      people.push(who);
      const visit = await who.open(link, IDLE, [noteShown, noteTwice], kept);
      const room = new RoomPage(visit.page);
      await room.name.fill(name);
      await room.joinCall.click();
      return { who, visit, room };
    });
  } finally {
    await Promise.all(people.map((person) => person.leave()));
    await server.kill();
  }
}

type Three = readonly [Visit, Visit, Visit];

/** Alice and Carol in one home, Bob in the other, which is the one that has the accident. */
async function threeInTwoHomes(use: (three: Three, home: Home) => Promise<void>): Promise<void> {
  test.slow();
  const reason = whyNot();
  test.skip(reason !== undefined, reason ?? "");
  removeAbandoned();
  const laboratory = await Laboratory.build({ homes: ["public", "public"] });
  const people: Somebody[] = [];
  try {
    await TINCAN.start(laboratory.server);
    const address = origin(TINCAN, "laboratory");
    const link = TINCAN.newCall(address);
    const come = async (name: string, where: Namespace): Promise<Visit> => {
      const person = await Somebody.at(where, name, { origins: [address] });
      people.push(person);
      const visit = await person.open(link, IDLE, [noteShown, noteTwice]);
      await new RoomPage(visit.page).join(name);
      return visit;
    };
    const [first, second] = laboratory.homes;
    const three: Three = [
      await come("Alice", first.computer),
      await come("Bob", second.computer),
      await come("Carol", first.computer),
    ];
    for (const { page, tile } of looks(three)) await expectShown(page, tile);
    await use(three, second);
    for (const { page } of three) {
      await expect(new RoomPage(page).tiles).toHaveCount(3);
      await expectNobodyTwice(page);
    }
  } finally {
    await Promise.all(people.map((person) => person.leave()));
    laboratory.remove();
  }
}

/** Those cut off from each other are told so, each in the other's tile. */
async function expectLost(lost: Visit, others: readonly Visit[]): Promise<void> {
  for (const other of others) {
    await expect(new RoomPage(lost.page).tile(other.name).getByText(BROKEN)).toBeVisible();
    await expect(new RoomPage(other.page).tile(lost.name).getByText(BROKEN)).toBeVisible();
  }
}

/** Everybody sees everybody again, and no page says that anything is wrong. */
async function expectRecovered(people: readonly Visit[], mended: number): Promise<void> {
  const back = ({ page, tile }: Look): Promise<number> => shownAfter(page, tile, mended, 30_000);
  const took = Math.max(...(await Promise.all(looks(people).map(back)))) - mended;
  test.info().annotations.push({ type: "all saw all after", description: `${Math.round(took)} ms` });
  expect(took, "milliseconds from the repair until all see all").toBeLessThan(RECOVERED);
  for (const { page, tile } of looks(people)) {
    await expectShown(page, tile);
    await expect(new RoomPage(page).tile(tile).getByText(BROKEN)).toBeHidden();
  }
  for (const { page } of people) {
    await expect(page.getByText(/You are offline|Reconnecting to the server/)).toBeHidden();
  }
}
