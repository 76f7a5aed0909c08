/** A microphone is pulled out in mid-call, or its battery dies: another takes over, and the person is told. */
import { expect, test } from "../fixtures/call.ts";
import { negotiations } from "../support/connections.ts";
import { expectMoving, expectRemoteAudio } from "../support/media.ts";
import { openMicrophone, plugMicrophones, pullMicrophone, wireMicrophones } from "../support/microphones.ts";

test("another microphone takes over from one that is gone, and without any the call goes on", async ({ alice, join }) => {
  const bob = await join("Bob", { scripts: [wireMicrophones] });
  await expectRemoteAudio(alice, "Bob");
  const before = await negotiations(bob.page);
  const replaced = bob.page.getByText("Your microphone is gone. Another one took over.");
  const gone = bob.page.getByText("Your microphone is gone. The others cannot hear you until you connect one.");
  const off = alice.room.tile("Bob").getByText("Microphone off");

  const seen = [await openMicrophone(bob.page)];
  for (const which of ["second", "third"]) {
    await pullMicrophone(bob.page);
    await expect
      .poll(async () => [undefined, ...seen].includes(await openMicrophone(bob.page)), `the ${which} microphone`)
      .toBe(false);
    seen.push(await openMicrophone(bob.page));
    await expect(replaced).toBeVisible();
    await expectRemoteAudio(alice, "Bob");
    await expect(off).not.toBeAttached();
  }

  await pullMicrophone(bob.page);
  await expect(gone).toBeVisible();
  await expect(replaced, "what was so before").not.toBeAttached();
  await expect(off).toBeAttached();
  await expectMoving(alice, "Bob");

  await plugMicrophones(bob.page);
  await expect(off).not.toBeAttached();
  await expectRemoteAudio(alice, "Bob");
  await expect(gone).not.toBeAttached();
  expect(await negotiations(bob.page), "steps of negotiation on the way").toBe(before);
});
