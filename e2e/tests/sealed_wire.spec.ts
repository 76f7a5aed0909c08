/** The server cannot read what introduces people to each other. */
import type { Page } from "@playwright/test";
import { expect, test } from "../fixtures/call.ts";
import { expectMoving, expectRemoteAudio } from "../support/media.ts";

test("no description, candidate, name or key goes over the wire in clear", async ({ person, room }) => {
  const people = [await person("Alice"), await person("Bob")] as const;
  const wires = people.map(({ page }) => listen(page));
  for (const one of people) {
    await one.room.openLobby(room);
    await one.room.join(`${one.name} Unmistakable`);
  }
  const [alice, bob] = people;
  await expectMoving(alice, "Bob Unmistakable");
  await expectMoving(bob, "Alice Unmistakable");
  await expectRemoteAudio(alice, "Bob Unmistakable");

  const key = new URL(room).hash.slice(1);
  for (const { frames, addresses } of wires) {
    const all = frames.join("\n");
    expect(frames.filter((frame) => frame.includes('"signal"')).length, "signals were exchanged").toBeGreaterThan(3);
    for (const secret of ["a=ice-ufrag", "candidate:", "v=0", "fingerprint", "Unmistakable", "typ host", '"sdp"', key]) {
      expect(spellings(secret).filter((text) => all.includes(text)), `"${secret}" in clear`).toEqual([]);
    }
    expect(addresses.filter((address) => address.includes(key) || address.includes("#"))).toEqual([]);
  }
});

/** Everything a page says and is told over WebSockets, and every address it asks for. */
function listen(page: Page): { frames: string[]; addresses: string[] } {
  const frames: string[] = [];
  const addresses: string[] = [];
  page.on("websocket", (socket) => {
    addresses.push(socket.url());
    socket.on("framesent", ({ payload }) => frames.push(payload.toString()));
    socket.on("framereceived", ({ payload }) => frames.push(payload.toString()));
  });
  page.on("request", (request) => {
    addresses.push(request.url(), ...Object.values(request.headers()));
  });
  return { frames, addresses };
}

/** A text as it is, and as it would look inside base64 at each of the three offsets. */
function spellings(text: string): string[] {
  const encoded = [0, 1, 2].map((offset) => {
    const base64 = Buffer.from(" ".repeat(offset) + text).toString("base64url");
    // What depends on the neighbours is cut off at both ends.
    return base64.slice(offset === 0 ? 0 : offset + 1, -2);
  });
  return [text, ...encoded.filter((part) => part.length >= 5)];
}
