/**
 * How long it takes to join a call that somebody is in: Tincan beside the leanest page, in turns,
 * cold (the button is pressed at once) and after two seconds in the lobby.
 */
import { env } from "node:process";
import { expect, test } from "@playwright/test";
import { Laboratory } from "../lab/laboratory.ts";
import { type Namespace, removeAbandoned, whyNot } from "../lab/namespace.ts";
import { Somebody, type Visit } from "../lab/person.ts";
import type { Program } from "../lab/program.ts";
import { type Goal, median, milliseconds, missed, table, verdicts } from "./figures.ts";
import { LEANEST, type Site, TINCAN, origin } from "./site.ts";

const ROUNDS = Number(env["ROUNDS"] ?? 10);
const SITES = (env["SITES"] ?? "Tincan,leanest page").split(",");
const LOBBY = 2_000;

/** How long the main threads of four are watched, in milliseconds. */
const WATCHED = 5_000;

/** One person's way into the call; times in milliseconds. */
interface Joining {
  firstPaint: number;
  usable: number;
  clickToFrame: number;
  openToFrame: number;
  longestTask: number;
  requests: number;
  bytes: number;
}

type Figures = Map<string, Joining[]>;

test("on this machine's loopback", async () => {
  const figures = await measure("here", ["here", "here"], "here");
  report("Loopback", figures, 0.7);
});

test("80 ms from each other, 40 ms from the server, both behind port-restricted NAT", async () => {
  const reason = whyNot();
  test.skip(reason !== undefined, reason ?? "");
  removeAbandoned();
  const laboratory = await Laboratory.build({ homes: ["port-restricted", "port-restricted"], uplink: { delay: 20 } });
  try {
    const [a, b] = laboratory.homes;
    const figures = await measure(laboratory.server, [a.computer, b.computer], "laboratory");
    report("80 ms path, both behind port-restricted NAT", figures, 0.4);
  } finally {
    laboratory.remove();
  }
});

test("four in a mesh", async () => {
  const server = await TINCAN.start("here");
  const people: Somebody[] = [];
  const found: Record<"pictures" | "busy", number[]> = { pictures: [], busy: [] };
  try {
    for (const name of ["Alice", "Bob", "Carol", "Dave"]) people.push(await Somebody.at("here", name));
    for (let round = 0; round < ROUNDS; round++) {
      const call = TINCAN.newCall(origin(TINCAN, "here"));
      const visits: Visit[] = [];
      for (const person of people) {
        const last = visits.length === people.length - 1;
        const visit = await person.open(call, { button: "Join call", after: last ? LOBBY : 0 });
        visits.push(visit);
        if (!last) await expect(visit.page.locator(TINCAN.inCall)).toBeAttached();
      }
      for (const { page } of visits) {
        await page.waitForFunction((others) => window.tincanInstrument?.first.length === others, people.length - 1);
      }
      const all = await Promise.all(visits.map((visit) => visit.noted()));
      const pressed = await visits.at(-1)?.page.evaluate(
        () => performance.timeOrigin + (window.tincanInstrument?.clicked ?? NaN),
      );
      found.pictures.push(Math.max(...all.flatMap(({ first }) => first)) - (pressed ?? NaN));
      found.busy.push(...(await Promise.all(visits.map((visit) => visit.busy(WATCHED)))));
      for (const visit of visits) await visit.close();
    }
  } finally {
    for (const person of people) await person.leave();
    await server.kill();
  }
  const goals: Goal[] = [
    { what: "twelve pictures after the last press", reached: median(found.pictures), most: 600, unit: "ms" },
    { what: "main thread busy", reached: median(found.busy), most: 3, unit: "%" },
  ];
  console.log(`\nFour in a mesh, median of ${ROUNDS}:\n\n${verdicts(goals)}\n`);
  expect.soft(missed(goals), "goals that were missed").toEqual([]);
});

async function measure(
  server: Namespace | "here",
  places: readonly [Namespace | "here", Namespace | "here"],
  where: "here" | "laboratory",
): Promise<Figures> {
  const sites = [TINCAN, LEANEST].filter(({ name }) => SITES.includes(name));
  const servers: Program[] = [];
  const people: Somebody[] = [];
  const figures: Figures = new Map();
  try {
    for (const site of sites) servers.push(await site.start(server));
    const arrival = { origins: sites.map((site) => origin(site, where)), devices: "test picture" } as const;
    people.push(await Somebody.at(places[0], "Alice", arrival), await Somebody.at(places[1], "Bob", arrival));
    const [alice, bob] = people as [Somebody, Somebody];
    // A first round that does not count: the machine's caches, and the browsers' own processes.
    for (let round = 0; round <= ROUNDS; round++) {
      for (const site of sites) {
        for (const lobby of [0, LOBBY]) {
          const joining = await join(alice, bob, site, origin(site, where), lobby);
          if (round > 0) keep(figures, key(site, lobby), joining);
        }
      }
    }
    return figures;
  } finally {
    for (const person of people) await person.leave();
    for (const server of servers) await server.kill();
  }
}

async function join(first: Somebody, second: Somebody, site: Site, origin: string, lobby: number): Promise<Joining> {
  const call = site.newCall(origin);
  const host = await first.open(call, { button: "Join call", after: 0 });
  await expect(host.page.locator(site.inCall)).toBeAttached();
  const guest = await second.open(call, { button: "Join call", after: lobby });
  await guest.pictureAfter(0, 20_000);
  const { firstPaint = NaN, usable = NaN, clicked = NaN, firstFrame = NaN, longestTask } = await guest.noted();
  await guest.close();
  await host.close();
  return {
    firstPaint,
    usable,
    clickToFrame: firstFrame - clicked,
    openToFrame: firstFrame,
    longestTask,
    ...guest.loaded,
  };
}

function report(where: string, figures: Figures, warmGoal: number): void {
  const of = (site: Site, lobby: number, value: (joining: Joining) => number): number =>
    median((figures.get(key(site, lobby)) ?? []).map(value));
  const rows = [...figures].map(([name, joinings]) => {
    const middle = (value: (joining: Joining) => number): string => milliseconds(median(joinings.map(value)));
    return [
      name,
      middle(({ firstPaint }) => firstPaint),
      middle(({ usable }) => usable),
      middle(({ clickToFrame }) => clickToFrame),
      middle(({ openToFrame }) => openToFrame),
      middle(({ longestTask }) => longestTask),
      String(median(joinings.map(({ requests }) => requests))),
      `${(median(joinings.map(({ bytes }) => bytes)) / 1000).toFixed(1)} KB`,
    ];
  });
  const head = ["", "first paint", "join usable", "click to frame", "opening to frame", "longest task", "requests", "bytes"];
  console.log(`\n${where}, median of ${ROUNDS}:\n\n${table(head, rows)}\n`);
  if (SITES.length < 2) return;

  // Like with like: whoever has been in a lobby has a camera that runs already, on either page.
  const ratio = (value: (joining: Joining) => number, lobby: number): number =>
    of(TINCAN, lobby, value) / of(LEANEST, lobby, value);
  const goals: Goal[] = [
    { what: "opening to frame, of the leanest's", reached: ratio((j) => j.openToFrame, 0), most: 1.5, unit: "times" },
    { what: "click to frame, cold, of the leanest's", reached: ratio((j) => j.clickToFrame, 0), most: 1.15, unit: "times" },
    { what: "click to frame after 2 s, of the leanest's", reached: ratio((j) => j.clickToFrame, LOBBY), most: warmGoal, unit: "times" },
    { what: "requests", reached: of(TINCAN, 0, (j) => j.requests), most: 8, unit: "" },
    { what: "bytes", reached: of(TINCAN, 0, (j) => j.bytes) / 1000, most: 180, unit: "KB" },
    { what: "longest task after first paint", reached: of(TINCAN, 0, (j) => j.longestTask), most: 50, unit: "ms" },
  ];
  console.log(`${verdicts(goals)}\n`);
  expect.soft(missed(goals), "goals that were missed").toEqual([]);
}

function key(site: Site, lobby: number): string {
  return `${site.name}, ${lobby === 0 ? "cold" : `after ${lobby / 1000} s in the lobby`}`;
}

function keep(figures: Figures, name: string, joining: Joining): void {
  figures.set(name, [...(figures.get(name) ?? []), joining]);
}
