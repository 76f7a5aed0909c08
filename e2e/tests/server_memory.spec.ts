/** Whoever takes the server, with all it remembers and has written, learns nothing of who is in a call. */
import type { Page } from "@playwright/test";
import { type Person, expect, newLink, test } from "../fixtures/call.ts";
import { canDump, foundInMemory, spelled } from "../support/dump.ts";
import { expectMoving } from "../support/media.ts";
import { Server } from "../support/server.ts";

test("neither the server's memory nor its log names anybody or holds a candidate", async ({ person }) => {
  test.skip(!canDump, "only Linux shows the memory of a process");
  // As talkative as it can be made.
  const server = await Server.start([], { RUST_LOG: "trace" });
  try {
    await search(server, await person("Alice"), await person("Bob"));
  } finally {
    await server.stop();
  }
});

async function search(server: Server, alice: Person, bob: Person): Promise<void> {
  const link = newLink(server.url);
  for (const one of [alice, bob]) {
    await one.room.openLobby(link);
    await one.room.join(`${one.name} Quillfeather`);
  }
  await expectMoving(alice, "Bob Quillfeather");
  await alice.room.chat.click();
  await alice.room.write("marmalade at the lighthouse");
  await bob.room.chat.click();
  await expect(bob.room.messages).toContainText("marmalade at the lighthouse");

  const key = new URL(link).hash.slice(1);
  const secrets = new Map([
    ["a name", spelled("Quillfeather")],
    ["what was written", spelled("marmalade")],
    ["the room key", [...spelled(key), Buffer.from(key, "base64url")]],
    ["a description", spelled("a=setup:")],
  ]);
  for (const [name, { page }] of Object.entries({ alice, bob })) {
    const { passwords, fingerprints, candidates } = await described(page);
    expect(passwords.length * fingerprints.length * candidates.length, `${name} has them all`).toBeGreaterThan(0);
    secrets.set(`${name}'s ICE password`, passwords.flatMap(spelled));
    secrets.set(`${name}'s fingerprint`, fingerprints.flatMap(spelled));
    secrets.set(`${name}'s candidates`, candidates.flatMap(spelled));
  }
  // The server knows what the room is called: the search finds what is there.
  const room = new URL(link).pathname.slice("/r/".length);
  const wanted = new Map([...secrets, ["the room's name", spelled(room)]]);
  expect([...foundInMemory(server.pid, wanted)]).toEqual(["the room's name"]);

  expect(server.said.length, "it wrote something").toBeGreaterThan(1_000);
  const told = (log: string): string[] => {
    const written = Buffer.from(log);
    return [...wanted].flatMap(([name, forms]) => (forms.some((form) => written.includes(form)) ? [name] : []));
  };
  expect(told(server.said), "so talkative it shows whole frames").toEqual(["the room's name"]);
  const usual = server.said.split("\n").filter((line) => /\b(INFO|WARN|ERROR)\b/.test(line));
  expect(told(usual.join("\n")), "usually it names not even rooms").toEqual([]);
}

/** What the page's descriptions say about itself. */
async function described(page: Page): Promise<Record<"passwords" | "fingerprints" | "candidates", string[]>> {
  return page.evaluate(() => {
    const all = (window.tincanConnections ?? []).map(({ localDescription }) => localDescription?.sdp ?? "").join("\r\n");
    const lines = (name: string): string[] => [
      ...new Set(all.split("\r\n").flatMap((line) => (line.startsWith(`a=${name}:`) ? [line.slice(name.length + 3)] : []))),
    ];
    return { passwords: lines("ice-pwd"), fingerprints: lines("fingerprint"), candidates: lines("candidate") };
  });
}
