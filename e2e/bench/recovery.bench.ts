/**
 * How soon two people see each other again after the network of one of them failed: from the repair
 * to the first picture on both sides, the later of the two.
 */
import { env } from "node:process";
import { expect, test } from "@playwright/test";
import { type Home, Laboratory } from "../lab/laboratory.ts";
import { removeAbandoned, whyNot } from "../lab/namespace.ts";
import { Somebody, type Visit } from "../lab/person.ts";
import { Program } from "../lab/program.ts";
import { type Goal, median, milliseconds, table, verdicts } from "./figures.ts";
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
    const gaps = await Promise.all(people.map((person) => longestGap(person, killed, end)));
    const longest = Math.max(...gaps);
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
  // A break that nobody noticed would make every figure wrong.
  for (const person of people) {
    const { frames } = await person.noted();
    expect(frames.filter((frame) => frame > broken + 1_000 && frame < mended)).toEqual([]);
  }
  return Math.max(...backs) - mended;
}

/**
 * When pictures came back for good: the first one after the repair that is followed by others. What
 * was on its way when an address changed may still be shown, so a pause after it starts the search
 * again.
 */
async function back(person: Visit, mended: number): Promise<number> {
  const STEADY = 2_000;
  const PAUSE = 700;
  let from = mended;
  for (;;) {
    const left = mended + PATIENCE - Date.now();
    const first = await person.pictureAfter(from, Math.max(left, 1)).catch(() => Infinity);
    if (first === Infinity) return Infinity;
    const later = await person.pictureAfter(first + STEADY, PATIENCE).catch(() => Infinity);
    const { frames } = await person.noted();
    const isSteady = (frame: number, at: number): boolean => frame - (frames[at - 1] ?? frame) <= PAUSE;
    const pause = frames.findIndex((frame, at) => frame > first && !isSteady(frame, at));
    const [start, end] = [frames[pause - 1], frames[pause]];
    const isBack = start === undefined || end === undefined || start > first + STEADY;
    if (isBack) return later === Infinity ? Infinity : first;
    from = end - 1;
  }
}

/** Milliseconds of the longest time without a picture between two moments. */
async function longestGap(person: Visit, start: number, end: number): Promise<number> {
  const { frames } = await person.noted();
  const within = frames.filter((frame) => frame > start - 1_000 && frame < end);
  return Math.max(0, ...within.map((frame, at) => frame - (within[at - 1] ?? frame)));
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
}
