/** Where two do not reach each other: both are told why, and can try the relay alone. */
import { expect, newLink, test } from "../fixtures/call.ts";
import { expectMoving, expectRemoteMedia } from "../support/media.ts";
import { RELAYS_HERE, dropCandidates, expectRelayed, onlyFirstConnects, onlyServers, policies } from "../support/relay.ts";

/** Every way but the relay is tried first, and given its time. */
const PATIENCE = { timeout: 40_000 };

/** No direct way. */
const BLOCKED = dropCandidates(/ typ (host|srflx|prflx) /);

const TRY = "Try again through the relay";

test("direct ways are blocked and nothing comes through the relay: both are told, and may try it again", async ({ join }) => {
  // As after a relay that lets nobody in: addresses were given, and none of them leads anywhere.
  const alice = await join("Alice", { scripts: [dropCandidates(/./)] });
  const bob = await join("Bob", { scripts: [dropCandidates(/./)] });
  const [noteOfAlice, noteOfBob] = [alice.room.tile("Bob"), bob.room.tile("Alice")];
  await expect(noteOfAlice).toContainText("Your network and Bob’s block direct calls, and nothing came through the relay.", PATIENCE);
  await expect(noteOfBob).toContainText("Your network and Alice’s block direct calls", PATIENCE);

  await noteOfAlice.getByRole("button", { name: TRY }).click();
  await expect(noteOfAlice).not.toContainText("block direct calls");
  await expect.poll(() => alice.page.evaluate(policies)).toEqual(["relay"]);
  await expect(noteOfAlice).toContainText("Your network and Bob’s block direct calls", PATIENCE);
});

test("trying again through the relay makes the call where the relay works", async ({ join, startServer }) => {
  const link = newLink((await startServer(...RELAYS_HERE)).url);
  const alice = await join("Alice", { link, scripts: [dropCandidates(/./, true)] });
  const bob = await join("Bob", { link, scripts: [BLOCKED] });
  await alice.room.tile("Bob").getByRole("button", { name: TRY }).click(PATIENCE);
  await expectRemoteMedia(alice, "Bob");
  await expectRemoteMedia(bob, "Alice");
  await expectRelayed(alice.page);
  await expect(alice.room.tile("Bob")).not.toContainText("block");
});

test("a relay that nobody reaches is named with its port", async ({ join, server }) => {
  const scripts = [BLOCKED, onlyServers(/^stun:/)];
  const alice = await join("Alice", { scripts });
  await join("Bob", { scripts });
  const tile = alice.room.tile("Bob");
  await expect(tile).toContainText(
    `and the relay could not be reached. Ask whoever runs this server to open UDP and TCP port ${server.port}.`,
    PATIENCE,
  );
  await expect(tile.getByRole("button", { name: TRY })).toHaveCount(0);
});

test("whoever reaches both of two who do not reach each other is told of it", async ({ join }) => {
  const carol = await join("Carol");
  const alice = await join("Alice", { scripts: [onlyFirstConnects] });
  await expectRemoteMedia(alice, "Carol");
  const bob = await join("Bob");
  await expectRemoteMedia(bob, "Carol");
  await expect(carol.room.tile("Bob")).toContainText("Has no connection to Alice", PATIENCE);
  await expect(carol.room.tile("Alice")).toContainText("Has no connection to Bob", PATIENCE);
  await expectMoving(carol, "Alice");
  await expectMoving(carol, "Bob");
});
