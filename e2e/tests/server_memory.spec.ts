/** Whoever takes the server, with all it remembers and has written, learns nothing of who is in a call. */
import type { Page } from "@playwright/test";
import { type Person, expect, newLink, test } from "../fixtures/call.ts";
import { canDump, foundInMemory, spelled } from "../support/dump.ts";
import { expectMoving } from "../support/media.ts";
import { Server } from "../support/server.ts";

// As talkative as it can be made, and what is given to programs that collect logs.
for (const [format, level] of [
  ["text", "trace"],
  ["json", "debug"],
] as const) {
  test(`neither the server's memory nor its log in ${format} names anybody or holds a candidate`, async ({ person }) => {
    test.skip(!canDump, "only Linux shows the memory of a process");
    const server = await Server.start(["--log", format], { RUST_LOG: level });
    try {
      await search(server, await person("Alice"), await person("Bob"), level === "trace");
    } finally {
      await server.stop();
    }
  });
}

async function search(server: Server, alice: Person, bob: Person, showsFrames: boolean): Promise<void> {
  const link = `${newLink(server.url)}~`;
  for (const one of [alice, bob]) {
    await one.page.goto(link);
    await one.room.phrase.fill("periwinkle haberdashery");
    await one.room.button("Open").click();
    await one.room.join(`${one.name} Quillfeather`);
  }
  await expectMoving(alice, "Bob Quillfeather");
  await alice.room.chat.click();
  await alice.room.write("marmalade at the lighthouse");
  await bob.room.chat.click();
  await expect(bob.room.messages).toContainText("marmalade at the lighthouse");

  const key = new URL(link).hash.slice(1, -1);
  const kept = await alice.page.evaluate(() => Object.entries(sessionStorage));
  const made = kept.find(([name]) => name.startsWith("tincan.phrase."))?.[1] ?? "";
  expect(made).toHaveLength(22);
  const secrets = new Map([
    ["a name", spelled("Quillfeather")],
    ["what was written", spelled("marmalade")],
    ["the room key", [...spelled(key), Buffer.from(key, "base64url")]],
    ["the pass phrase", [...spelled("periwinkle"), ...spelled("haberdashery")]],
    ["the key made of it", [...spelled(made), Buffer.from(made, "base64url")]],
    ["a description", [...spelled("a=setup:"), ...spelled("a=ice-pwd:")]],
  ]);
  for (const [name, { page }] of Object.entries({ alice, bob })) {
    const { fragments, passwords, fingerprints, candidates } = await described(page);
    const all = [fragments, passwords, fingerprints, candidates].map(({ length }) => length);
    expect(Math.min(...all), `${name} has them all`).toBeGreaterThan(0);
    // Four letters come about by chance; what stands before them does not.
    secrets.set(`${name}'s ICE fragment`, fragments.flatMap((fragment) => [`ice-ufrag:${fragment}`, `ufrag ${fragment}`].flatMap(spelled)));
    secrets.set(`${name}'s ICE password`, passwords.flatMap(spelled));
    secrets.set(`${name}'s fingerprint`, fingerprints.flatMap(spelled));
    secrets.set(`${name}'s candidates`, candidates.flatMap(spelled));
    // The server has to know where somebody is to speak to them, but not what their browser says of it.
    const places = candidates.flatMap((candidate) => addressIn(candidate) ?? []);
    expect(places.length, `${name} has an address of its own`).toBeGreaterThan(0);
    secrets.set(`${name}'s addresses`, places.flatMap(spelled));
  }
  // The server knows what the room is called: the search finds what is there.
  const room = new URL(link).pathname.slice("/r/".length);
  const wanted = new Map([...secrets, ["the room's name", spelled(room)]]);
  expect([...foundInMemory(server.pid, wanted)]).toEqual(["the room's name"]);

  // What it writes of somebody it writes in the end.
  for (const { page } of [alice, bob]) await page.close();
  await expect.poll(() => server.said.match(/socket ended/g)?.length).toBe(2);
  if (showsFrames) expect(server.said.length, "it wrote something").toBeGreaterThan(1_000);
  const told = (log: string): string[] => {
    const written = Buffer.from(log);
    return [...wanted].flatMap(([name, forms]) => (forms.some((form) => written.includes(form)) ? [name] : []));
  };
  expect(told(server.said), "at trace it shows whole frames").toEqual(showsFrames ? ["the room's name"] : []);
  const usual = server.said.split("\n").filter((line) => /\b(INFO|WARN|ERROR)\b/.test(line));
  expect(usual.length, "whatever the format").toBeGreaterThan(0);
  expect(told(usual.join("\n")), "usually it names not even rooms").toEqual([]);
}

/** What the page's descriptions say about itself. */
async function described(page: Page): Promise<Record<"fragments" | "passwords" | "fingerprints" | "candidates", string[]>> {
  return page.evaluate(() => {
    const all = (window.tincanConnections ?? []).map(({ localDescription }) => localDescription?.sdp ?? "").join("\r\n");
    const lines = (name: string): string[] => [
      ...new Set(all.split("\r\n").flatMap((line) => (line.startsWith(`a=${name}:`) ? [line.slice(name.length + 3)] : []))),
    ];
    return {
      fragments: lines("ice-ufrag"),
      passwords: lines("ice-pwd"),
      fingerprints: lines("fingerprint"),
      candidates: lines("candidate"),
    };
  });
}

/** The address in a candidate; `undefined` for the loopback's, where the server itself is. */
function addressIn(candidate: string): string | undefined {
  const [, , , , address] = candidate.split(" ");
  return address === undefined || /^(127\.|::1$)/.test(address) ? undefined : address;
}
