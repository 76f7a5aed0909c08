/** The call goes on without its server, and mends itself when the server is back. */
import { expect, newLink, test } from "../fixtures/call.ts";
import { Cable } from "../support/cable.ts";
import { expectMoving, expectRemoteMedia } from "../support/media.ts";

/** Five seconds of the tests' ten pictures a second. */
const FIVE_SECONDS = 50;

test("a cut socket costs no picture and nobody is told of it", async ({ join, server }) => {
  const cable = await Cable.to(server);
  const link = newLink(cable.url);
  const alice = await join("Alice", { link });
  const bob = await join("Bob", { link });
  await expectRemoteMedia(alice, "Bob");

  cable.cut();
  await expectMoving(alice, "Bob", FIVE_SECONDS);
  await expectMoving(bob, "Alice", FIVE_SECONDS);
  await expect(alice.room.tiles).toHaveCount(2);

  // Whoever comes later finds both, so both are known to the server again.
  const carol = await join("Carol", { link });
  for (const other of ["Alice", "Bob"]) await expectMoving(carol, other);
  await expectMoving(alice, "Carol");
  await expectMoving(bob, "Carol");
  cable.remove();
});

test("what is said while the socket is down arrives when it is back", async ({ join, server }) => {
  const cable = await Cable.to(server);
  const link = newLink(cable.url);
  const alice = await join("Alice", { link });
  const bob = await join("Bob", { link });
  await expectRemoteMedia(alice, "Bob");

  cable.pull();
  await expect(bob.page.getByText(/Reconnecting to the server/)).toBeVisible();
  await bob.room.turn("off", "microphone");
  cable.plug();
  await expect(alice.room.tile("Bob").getByText("Microphone off")).toBeAttached();
  await expect(bob.page.getByText(/Reconnecting to the server/)).toBeHidden();
  cable.remove();
});

test("a page that cannot reach its server says so and goes on trying", async ({ person, server }) => {
  const cable = await Cable.to(server);
  const link = newLink(cable.url);
  const alice = await person("Alice");
  await alice.page.goto(link);
  await expect(alice.room.joinCall).toBeVisible();
  cable.pull();
  await expect(alice.page.getByText(/Cannot reach the server/)).toBeVisible();
  cable.plug();
  await expect(alice.page.getByText(/Cannot reach the server/)).toBeHidden({ timeout: 30_000 });
  await alice.room.join("Alice");
  await expect(alice.room.me).toBeVisible();
  cable.remove();
});
