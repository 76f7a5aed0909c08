/** A call with as many people as the server allows: nobody more gets in, and a ghost takes nobody's place. */
import { expect, newLink, test } from "../fixtures/call.ts";
import { expectNobodyTwice, noteTwice } from "../support/crowd.ts";
import { expectShown, noteShown } from "../support/shown.ts";

const scripts = [noteShown, noteTwice];

/** Milliseconds from the moment somebody leaves until who waits is in. */
const AT_ONCE = { timeout: 2_000 };

test("one too many is told, may wait, and is let in the moment somebody leaves", async ({ join, person, startServer }) => {
  const server = await startServer("--max-participants", "2");
  const link = newLink(server.url);
  const alice = await join("Alice", { link, scripts });
  const bob = await join("Bob", { link, scripts });
  await expectShown(alice.page, "Bob");

  const carol = await person("Carol", { scripts });
  await carol.room.openLobby(link);
  await carol.room.name.fill("Carol");
  await carol.room.joinCall.click();
  await expect(carol.page.getByText("The call is full. You can join when somebody leaves.")).toBeVisible();
  await expect(carol.room.leaveCall).toBeHidden();
  // A word from Alice that comes after the refusal: until then nothing of Carol was shown.
  await alice.room.turn("off", "microphone");
  await expect(bob.room.tile("Alice").getByText("Microphone off")).toBeAttached();
  for (const { room } of [alice, bob]) await expect(room.tile("Carol")).toHaveCount(0);

  await bob.room.leaveCall.click();
  await expect(carol.room.leaveCall).toBeVisible(AT_ONCE);
  await expect(carol.page.getByText(/The call is full/)).toBeHidden();
  await expectShown(alice.page, "Carol");
  await expectShown(carol.page, "Alice");
  await expect(alice.room.tiles).toHaveCount(2);
  for (const { page } of [alice, carol]) await expectNobodyTwice(page);
});

test("who reloads gets back into a full call at once", async ({ join, startServer }) => {
  const server = await startServer("--max-participants", "2");
  const link = newLink(server.url);
  const alice = await join("Alice", { link, scripts });
  const bob = await join("Bob", { link, scripts });
  await expectShown(alice.page, "Bob");

  for (let time = 0; time < 3; time++) {
    await bob.page.reload();
    await bob.room.join("Bob");
    await expect(bob.page.getByText(/The call is full/)).toBeHidden();
    await expectShown(alice.page, "Bob");
    await expectShown(bob.page, "Alice");
  }
  await expect(alice.room.tiles).toHaveCount(2);
  await expectNobodyTwice(alice.page);
});
