/**
 * How soon two people see each other again after the network of one of them failed: from the repair
 * to the first picture on both sides, the later of the two.
 */
import { env } from "node:process";
import { expect, test } from "@playwright/test";
import { type Home, Laboratory } from "../lab/laboratory.ts";
import { removeAbandoned, whyNot } from "../lab/namespace.ts";
import { Somebody, type Visit } from "../lab/person.ts";
import type { Program } from "../lab/program.ts";
import { longestGap, steadyFrom } from "../lab/steady.ts";
import { type Goal, median, milliseconds, missed, table, verdicts } from "./figures.ts";
import { LEANEST, TINCAN, origin } from "./site.ts";

const ROUNDS = Number(env["ROUNDS"] ?? 5);

/** The leanest page, which does nothing about an accident, shows what the browser does by itself. */
const SITE = env["SITE"] === LEANEST.name ? LEANEST : TINCAN;

/** How long somebody may be without pictures after the repair before it counts as never. */
const PATIENCE = 40_000;

/** What happens to one person's network. */
interface Accident {
  name: string;
  /** Seconds until the repair. */
  lasts: number;
  breaks(home: Home): void;
  mends(home: Home): void;
  /** Seconds to pictures, at most; `undefined` where no goal was set. */
  goal?: number;
}

const ACCIDENTS: readonly Accident[] = [
  { name: "card down 10 s", lasts: 10, breaks: (home) => home.unplug(), mends: (home) => home.plug() },
  { name: "path silent 10 s", lasts: 10, breaks: (home) => home.silence(), mends: (home) => home.speak(), goal: 0.5 },
  { name: "path silent 30 s", lasts: 30, breaks: (home) => home.silence(), mends: (home) => home.speak(), goal: 1 },
  { name: "address changes", lasts: 0, breaks: () => undefined, mends: (home) => home.changeAddress(), goal: 3 },
];

const chosen = ACCIDENTS.filter(({ name }) => name.includes(env["ACCIDENT"] ?? ""));
const measured = new Map<string, number[]>();

test("an accident of one person's network", async () => {
  const reason = whyNot();
  test.skip(reason !== undefined, reason ?? "");
  removeAbandoned();
  for (const accident of chosen) {
    const times: number[] = [];
    measured.set(accident.name, times);
    for (let round = 0; round < ROUNDS; round++) {
      times.push(await inCall((home, people) => recovery(accident, home, people)));
      console.log(`${accident.name}: ${milliseconds(times.at(-1) ?? NaN)}`);
    }
  }
  report();
});

test("a killed server costs no picture", async () => {
  const reason = whyNot();
  test.skip(reason !== undefined, reason ?? "");
  test.skip(env["ACCIDENT"] !== undefined, "one accident alone was asked for");
  await inCall(async (_home, people, server) => {
    const killed = Date.now();
    await server.kill();
    const end = killed + 20_000;
    await Promise.all(people.map((person) => person.pictureAfter(end, 25_000)));
    const noted = await Promise.all(people.map((person) => person.noted()));
    const longest = Math.max(...noted.map(({ frames }) => longestGap(frames, killed, end)));
    console.log(`\nserver killed: in the 20 s after it, the longest time between two pictures was ${milliseconds(longest)}`);
    expect(longest).toBeLessThan(500);
  });
});

/** Two people in a call, each in a home with an address of its own. */
async function inCall<T>(use: (home: Home, people: readonly Visit[], server: Program) => Promise<T>): Promise<T> {
  const laboratory = await Laboratory.build({ homes: ["public", "public"] });
  const people: Somebody[] = [];
  try {
    const server = await SITE.start(laboratory.server);
    const address = origin(SITE, "laboratory");
    const link = SITE.newCall(address);
    const visits: Visit[] = [];
    for (const [at, name] of ["Alice", "Bob"].entries()) {
      const home = laboratory.homes[at === 0 ? 0 : 1];
      const person = await Somebody.at(home.computer, name, { origins: [address], devices: "test picture" });
      people.push(person);
      const visit = await person.open(link, { button: "Join call", after: 0 });
      await expect(visit.page.locator(SITE.inCall)).toBeAttached();
      visits.push(visit);
    }
    // Three seconds of pictures: the call has settled.
    const pictures = await Promise.all(visits.map((visit) => visit.pictureAfter(0, 20_000)));
    await Promise.all(visits.map((visit) => visit.pictureAfter(Math.max(...pictures) + 3_000, 20_000)));
    return await use(laboratory.homes[1], visits, server);
  } finally {
    await Promise.all(people.map((person) => person.leave()));
    laboratory.remove();
  }
}

/** Milliseconds from the repair until both see moving pictures again. */
async function recovery(accident: Accident, home: Home, people: readonly Visit[]): Promise<number> {
  const broken = Date.now();
  accident.breaks(home);
  await new Promise((resolve) => setTimeout(resolve, accident.lasts * 1000));
  const mended = Date.now();
  accident.mends(home);
  const backs = await Promise.all(people.map((person) => back(person, mended)));
  if (backs.includes(Infinity)) for (const person of people) console.log(person.name, await person.connections());
  // A break that nobody noticed would make every figure wrong.
  for (const person of people) {
    const { frames } = await person.noted();
    expect(frames.filter((frame) => frame > broken + 1_000 && frame < mended)).toEqual([]);
  }
  return Math.max(...backs) - mended;
}

/** When pictures came back for good, by the machine's clock; infinite when they did not. */
async function back(person: Visit, mended: number): Promise<number> {
  let steady: number | undefined;
  const look = async (): Promise<number | undefined> => {
    steady = steadyFrom((await person.noted()).frames, mended);
    return steady;
  };
  const isBack = expect.poll(look, { timeout: PATIENCE, intervals: [250] }).toBeDefined();
  await isBack.catch(() => console.log(`no pictures came back to ${person.name}`));
  return steady ?? Infinity;
}

function report(): void {
  const rows = [...measured].map(([name, times]) => [
    name,
    milliseconds(median(times)),
    milliseconds(Math.min(...times)),
    milliseconds(Math.max(...times)),
  ]);
  console.log(`\nFrom the repair to pictures on both sides, ${ROUNDS} times each:\n`);
  console.log(table(["", "median", "best", "worst"], rows));
  const goals = chosen.flatMap(({ name, goal }): Goal[] =>
    goal === undefined ? [] : [{ what: name, reached: median(measured.get(name) ?? []) / 1000, most: goal, unit: "s" }],
  );
  console.log(`\n${verdicts(goals)}\n`);
  expect.soft(missed(goals), "goals that were missed").toEqual([]);
}
