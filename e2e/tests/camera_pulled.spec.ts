/** A camera is pulled out in mid-call: the person is told, is heard on, and is seen again by another. */
import { type Arrival, type Person, expect, test } from "../fixtures/call.ts";
import { SPARES, lights, plugCamera, pullCamera, wireCameras } from "../support/cameras.ts";
import { negotiations } from "../support/connections.ts";
import { expectRemoteAudio } from "../support/media.ts";
import { expectShown, noteShown } from "../support/shown.ts";

/** Alice, who looks on, and Bob, whose cameras can be pulled out. */
async function two(join: (name: string, arrival?: Arrival) => Promise<Person>): Promise<{ alice: Person; bob: Person }> {
  const alice = await join("Alice", { scripts: [noteShown] });
  const bob = await join("Bob", { scripts: [wireCameras()] });
  await expectShown(alice.page, "Bob");
  return { alice, bob };
}

test("the only camera is pulled out, and another is plugged in", async ({ join }) => {
  const { alice, bob } = await two(join);
  const before = await negotiations(bob.page);

  await pullCamera(bob.page);
  await expect(bob.page.getByText("Your camera is gone. The call goes on.")).toBeVisible();
  await expect(alice.room.tile("Bob").getByText("Camera off")).toBeAttached();
  await expectRemoteAudio(alice, "Bob");

  await plugCamera(bob.page, "green");
  await expect(alice.room.tile("Bob").getByText("Camera off")).not.toBeAttached();
  await expectShown(alice.page, "Bob", SPARES.green);
  await expectRemoteAudio(alice, "Bob");
  await expect(bob.page.getByText("Your camera is gone. The call goes on.")).not.toBeAttached();
  expect(await lights(bob.page)).toBe(1);
  expect(await negotiations(bob.page), "steps of negotiation on the way").toBe(before);
});

test("another camera takes over from one that is pulled out, and a third can be chosen", async ({ join }) => {
  const { alice, bob } = await two(join);
  await plugCamera(bob.page, "green");
  await plugCamera(bob.page, "magenta");
  const before = await negotiations(bob.page);

  await pullCamera(bob.page);
  await expect(bob.page.getByText("Your camera is gone. Another one took over.")).toBeVisible();
  await expectShown(alice.page, "Bob", SPARES.green);
  await expectRemoteAudio(alice, "Bob");

  await bob.room.button("Camera options").click();
  await expect(bob.room.device("Camera").locator("option:checked")).toHaveText("A green camera");
  await bob.room.device("Camera").selectOption({ label: "A magenta camera" });
  await expectShown(alice.page, "Bob", SPARES.magenta);
  await expectRemoteAudio(alice, "Bob");
  expect(await lights(bob.page), "the one chosen before is let go of").toBe(1);
  expect(await negotiations(bob.page), "steps of negotiation on the way").toBe(before);
});
