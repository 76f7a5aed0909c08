/** The laboratory is what it says it is: each kind of box, asked by sockets instead of browsers. */
import { once } from "node:events";
import { createInterface } from "node:readline";
import { execPath } from "node:process";
import { expect, test } from "@playwright/test";
import { type Home, Laboratory, SERVER } from "./laboratory.ts";
import { type Namespace, whyNot } from "./namespace.ts";
import type { Kind } from "./nat.ts";

const reason = whyNot();
test.skip(reason !== undefined, reason ?? "");

/** A UDP echo that says what it sees: `seen ADDRESS PORT` goes back to the sender. */
const ECHO = `
  const socket = require("dgram").createSocket("udp4");
  socket.on("message", (_, from) => socket.send("seen " + from.address + " " + from.port, from.port, from.address));
  socket.bind(Number(process.argv[1]), () => console.log("ready"));`;

/** A socket at home: sends to what it reads (`ADDRESS PORT`) and prints what comes. */
const SENDER = `
  const socket = require("dgram").createSocket("udp4");
  socket.on("message", (text) => console.log(String(text)));
  socket.bind(5000, () => console.log("ready"));
  require("readline").createInterface(process.stdin).on("line", (line) => {
    const [address, port] = line.split(" ");
    socket.send("hello", Number(port), address);
  });`;

interface Talker {
  say(line: string): void;
  /** The next line, or `undefined` when none comes within the time. */
  hear(patience?: number): Promise<string | undefined>;
}

async function talker(where: Namespace, script: string, ...args: string[]): Promise<Talker> {
  const child = where.spawn(execPath, ["-e", script, ...args]);
  if (child.stdout === null) throw new Error("its output is a pipe");
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  let pending: Promise<IteratorResult<string>> | undefined;
  const hear = async (patience = 1_000): Promise<string | undefined> => {
    pending ??= lines.next();
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), patience);
    const next = await Promise.race([pending, once(late.signal, "abort").then(() => undefined)]);
    clearTimeout(timer);
    if (next === undefined) return undefined;
    pending = undefined;
    return next.done === true ? undefined : next.value;
  };
  expect(await hear(10_000)).toBe("ready");
  return { say: (line) => child.stdin?.write(`${line}\n`), hear };
}

async function inLaboratory(kind: Kind, use: (home: Home, laboratory: Laboratory) => Promise<void>): Promise<void> {
  const laboratory = await Laboratory.build({ homes: [kind, "public"] });
  try {
    await use(laboratory.homes[0], laboratory);
  } finally {
    laboratory.remove();
  }
}

/** What the server sees of a home, asked at two of its ports. */
async function mappings(home: Home, { server }: Laboratory): Promise<(string | undefined)[]> {
  await talker(server, ECHO, "3478");
  await talker(server, ECHO, "3479");
  const sender = await talker(home.computer, SENDER);
  sender.say(`${SERVER.ipv4} 3478`);
  const first = await sender.hear();
  sender.say(`${SERVER.ipv4} 3479`);
  return [first, await sender.hear()];
}

for (const kind of ["full cone", "port-restricted"] as const) {
  test(`a ${kind} box shows one address to all`, async () => {
    await inLaboratory(kind, async (home, laboratory) => {
      const [first, second] = await mappings(home, laboratory);
      expect(first).toMatch(/^seen 198\.51\.100\.18 \d+$/);
      expect(second).toBe(first);
    });
  });
}

test("a symmetric box shows another port to everyone", async () => {
  await inLaboratory("symmetric", async (home, laboratory) => {
    const [first, second] = await mappings(home, laboratory);
    expect(first).toMatch(/^seen 198\.51\.100\.18 \d+$/);
    expect(second).toMatch(/^seen 198\.51\.100\.18 \d+$/);
    expect(second).not.toBe(first);
  });
});

for (const [kind, lets] of [
  ["full cone", true],
  ["port-restricted", false],
] as const) {
  test(`a ${kind} box ${lets ? "lets in" : "keeps out"} a stranger's datagram`, async () => {
    await inLaboratory(kind, async (home, laboratory) => {
      await talker(laboratory.server, ECHO, "3478");
      const sender = await talker(home.computer, SENDER);
      sender.say(`${SERVER.ipv4} 3478`);
      const [, address, port] = (await sender.hear())?.split(" ") ?? [];
      const stranger = await talker(laboratory.homes[1].computer, SENDER);
      stranger.say(`${address} ${port}`);
      expect(await sender.hear()).toBe(lets ? "hello" : undefined);
    });
  });
}

for (const kind of ["UDP blocked", "only TCP 443", "IPv6 only"] as const) {
  test(`${kind}: no datagram comes back over IPv4`, async () => {
    await inLaboratory(kind, async (home, laboratory) => {
      expect(await mappings(home, laboratory)).toEqual([undefined, undefined]);
    });
  });
}

test("silence is without a word, and ends", async () => {
  await inLaboratory("port-restricted", async (home, { server }) => {
    await talker(server, ECHO, "3478");
    const sender = await talker(home.computer, SENDER);
    home.silence();
    sender.say(`${SERVER.ipv4} 3478`);
    expect(await sender.hear()).toBeUndefined();
    home.speak();
    sender.say(`${SERVER.ipv4} 3478`);
    expect(await sender.hear()).toMatch(/^seen/);
  });
});

test("a home that changes its address shows the new one", async () => {
  const laboratory = await Laboratory.build({ homes: ["public", "public"] });
  try {
    const [home] = laboratory.homes;
    const [before] = await mappings(home, laboratory);
    expect(before).toMatch(/^seen 198\.18\.1\.2 /);
    home.changeAddress();
    const sender = await talker(home.computer, SENDER.replace("5000", "5001"));
    sender.say(`${SERVER.ipv4} 3478`);
    expect(await sender.hear()).toMatch(/^seen 198\.18\.1\.3 /);
  } finally {
    laboratory.remove();
  }
});

test("a long wire takes its time, in both directions", async () => {
  const laboratory = await Laboratory.build({ homes: ["port-restricted", "public"], uplink: { delay: 20 } });
  try {
    await talker(laboratory.server, ECHO, "3478");
    const sender = await talker(laboratory.homes[0].computer, SENDER);
    const trips: number[] = [];
    for (let trip = 0; trip < 5; trip++) {
      const start = performance.now();
      sender.say(`${SERVER.ipv4} 3478`);
      expect(await sender.hear()).toMatch(/^seen/);
      trips.push(performance.now() - start);
    }
    const best = Math.min(...trips);
    expect(best).toBeGreaterThan(40);
    expect(best).toBeLessThan(60);
  } finally {
    laboratory.remove();
  }
});
