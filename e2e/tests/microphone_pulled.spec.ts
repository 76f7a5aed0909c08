/** A microphone is pulled out in mid-call, or its battery dies: another takes over, and the person is told. */
import { expect, test } from "../fixtures/call.ts";
import { negotiations } from "../support/connections.ts";
import { expectMoving, expectRemoteAudio } from "../support/media.ts";
import { pullMicrophone, wireMicrophones } from "../support/microphones.ts";

test("another microphone takes over from one that is gone, and without any the call goes on", async ({ alice, join }) => {
  const bob = await join("Bob", { scripts: [wireMicrophones] });
  await expectRemoteAudio(alice, "Bob");
  const before = await negotiations(bob.page);

  await pullMicrophone(bob.page);
  await expect(bob.page.getByText("Your microphone is gone. Another one took over.")).toBeVisible();
  await expectRemoteAudio(alice, "Bob");
  await expect(alice.room.tile("Bob").getByText("Microphone off")).not.toBeAttached();

  const gone = bob.page.getByText("Your microphone is gone. The others cannot hear you until you connect one.");
  for (let more = 0; more < 3 && !(await gone.isVisible()); more++) {
    await pullMicrophone(bob.page);
    await expect(gone.or(bob.page.getByText("Another one took over."))).toBeVisible();
  }
  await expect(gone).toBeVisible();
  await expect(alice.room.tile("Bob").getByText("Microphone off")).toBeAttached();
  await expectMoving(alice, "Bob");
  expect(await negotiations(bob.page), "steps of negotiation on the way").toBe(before);
});
