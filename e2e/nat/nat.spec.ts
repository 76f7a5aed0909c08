/**
 * A call between every two kinds of home: it comes about, both see pictures, and it goes directly
 * wherever hole punching can do it. One server, on port 443, that knows nothing of who comes.
 */
import { expect, test } from "@playwright/test";
import { TINCAN } from "../bench/site.ts";
import { Laboratory, SERVER } from "../lab/laboratory.ts";
import { removeAbandoned, whyNot } from "../lab/namespace.ts";
import { KINDS, type Kind, hasIpv4, hasIpv6 } from "../lab/nat.ts";
import { Somebody, type Visit } from "../lab/person.ts";
import { Program } from "../lab/program.ts";
import { type Row, note } from "./table.ts";

const PORT = 443;

/** Milliseconds from the click to the first picture where no UDP gets through. */
const BLOCKED_GOAL = 4_000;

const reason = whyNot();
test.skip(reason !== undefined, reason ?? "");
test.beforeAll(removeAbandoned);

for (const [at, first] of KINDS.entries()) {
  for (const second of KINDS.slice(at)) {
    test(`${first} and ${second}`, async () => {
      const laboratory = await Laboratory.build({ homes: [first, second] });
      const people: Somebody[] = [];
      try {
        await Program.tincan(laboratory.server, PORT, ["--external-ip", SERVER.ipv4, "--external-ip", SERVER.ipv6]);
        const [alice, bob] = await Promise.all([
          Somebody.at(laboratory.homes[0].computer, "Alice", { origins: [origin(first)] }),
          Somebody.at(laboratory.homes[1].computer, "Bob", { origins: [origin(second)] }),
        ]);
        people.push(alice, bob);
        await call(alice, bob, first, second);
      } finally {
        await Promise.all(people.map((person) => person.leave()));
        laboratory.remove();
      }
    });
  }
}

/** Homes whose wires are long and lose packets, as those of phones in a train do. */
const FAR: readonly (readonly [Kind, Kind])[] = [
  ["port-restricted", "dual stack"],
  ["UDP blocked", "symmetric"],
  ["only TCP 443", "only TCP 443"],
];

for (const [first, second] of FAR) {
  test(`${first} and ${second}, 160 ms from each other with a packet of a hundred lost`, async () => {
    const laboratory = await Laboratory.build({ homes: [first, second], uplink: { delay: 40, loss: 1 } });
    const people: Somebody[] = [];
    try {
      await Program.tincan(laboratory.server, PORT, ["--external-ip", SERVER.ipv4]);
      for (const [at, name] of ["Alice", "Bob"].entries()) {
        const { computer } = laboratory.homes[at as 0 | 1];
        people.push(await Somebody.at(computer, name, { origins: [origin(first)] }));
      }
      const [alice, bob] = people as [Somebody, Somebody];
      const link = TINCAN.newCall(origin(first));
      const host = await alice.open(link, { button: "Join call", after: 0 });
      await expect(host.page.locator(TINCAN.inCall)).toBeAttached();
      const guest = await bob.open(link, { button: "Join call", after: 0 });
      await Promise.all([guest.pictureAfter(0, 20_000), host.pictureAfter(0, 20_000)]);
      await expectMorePictures(host);
      await expectMorePictures(guest);
      const { clicked = NaN, firstFrame = NaN } = await guest.noted();
      test.info().annotations.push({ type: "click to frame", description: `${Math.round(firstFrame - clicked)} ms` });
      // A lost packet of a handshake over TCP costs a second.
      expect(firstFrame - clicked).toBeLessThan(2 * BLOCKED_GOAL);
    } finally {
      await Promise.all(people.map((person) => person.leave()));
      laboratory.remove();
    }
  });
}

async function call(alice: Somebody, bob: Somebody, first: Kind, second: Kind): Promise<void> {
  const link = new URL(TINCAN.newCall(origin(first)));
  const host = await alice.open(link.href, { button: "Join call", after: 0 });
  await expect(host.page.locator(TINCAN.inCall)).toBeAttached();

  const row: Row = { homes: [first, second], path: "none", clickToFrame: NaN, openToFrame: NaN };
  try {
    const guest = await bob.open(link.href.replace(origin(first), origin(second)), { button: "Join call", after: 0 });
    await Promise.all([guest.pictureAfter(0, 20_000), host.pictureAfter(0, 20_000)]);
    const { clicked = NaN, firstFrame = NaN } = await guest.noted();
    row.clickToFrame = firstFrame - clicked;
    row.openToFrame = firstFrame;
    await expectMorePictures(host);
    await expectMorePictures(guest);

    // The relay is often there first; the browsers move to the direct path when it is found.
    const isDirect = async (): Promise<boolean> => {
      const path = await guest.path();
      row.path = path.words;
      return path.direct;
    };
    await expect.poll(isDirect, { message: "whether the call goes directly" }).toBe(canPunch(first, second));
    if (isBlocked(first) || isBlocked(second)) expect(row.clickToFrame).toBeLessThan(BLOCKED_GOAL);
  } finally {
    note(test.info(), row);
  }
}

async function expectMorePictures(visit: Visit): Promise<void> {
  const before = await visit.framesDecoded();
  await expect.poll(() => visit.framesDecoded(), { timeout: 10_000 }).toBeGreaterThan(before + 5);
}

/** Where the server is found from such a home. */
function origin(kind: Kind): string {
  const host = hasIpv4(kind) ? SERVER.ipv4 : `[${SERVER.ipv6}]`;
  // 443 is not what plain HTTP is at by default, so it belongs to the origin.
  return `http://${host}:${PORT}`;
}

/** Whether two homes can find a direct path: what RFC 5128, section 3.3 teaches. */
function canPunch(first: Kind, second: Kind): boolean {
  if (isBlocked(first) || isBlocked(second)) return false;
  if (hasIpv6(first) && hasIpv6(second)) return true;
  if (!hasIpv4(first) || !hasIpv4(second)) return false;
  const kinds = [first, second];
  // A symmetric box is met only at one that takes packets from anybody.
  return !kinds.includes("symmetric") || kinds.includes("full cone");
}

function isBlocked(kind: Kind): boolean {
  return kind === "UDP blocked" || kind === "only TCP 443";
}
