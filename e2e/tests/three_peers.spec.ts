/** A third joins, and everybody is connected with everybody. */
import { test } from "../fixtures/call.ts";
import { expectMoving, expectRemoteMedia } from "../support/media.ts";

test("a third person sees and hears both, and both see and hear them", async ({ alice, bob, join }) => {
  await expectMoving(alice, "Bob");
  const carol = await join("Carol");
  for (const [person, other] of [
    [carol, "Alice"],
    [carol, "Bob"],
    [alice, "Carol"],
    [bob, "Carol"],
    [alice, "Bob"],
    [bob, "Alice"],
  ] as const) {
    await expectRemoteMedia(person, other);
  }
});

test("three who come at the same moment all find each other", async ({ person, room }) => {
  const names = ["Alice", "Bob", "Carol"];
  const people = await Promise.all(names.map((name) => person(name)));
  await Promise.all(people.map((one) => one.room.openLobby(room)));
  await Promise.all(people.map((one) => one.room.join(one.name)));
  for (const one of people) {
    for (const other of names.filter((name) => name !== one.name)) await expectMoving(one, other);
  }
});
