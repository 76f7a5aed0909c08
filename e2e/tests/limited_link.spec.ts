/** Links that say less: what they allow, how often, and until when. */
import { type Person, expect, test } from "../fixtures/call.ts";
import { expectAccessible } from "../support/axe.ts";
import { expectMoving, expectRemoteMedia } from "../support/media.ts";

/** Chooses limits as a host, and gives the link. */
async function limited(host: Person, limits: { listen?: boolean; once?: boolean; until?: string }): Promise<string> {
  const { page } = host;
  await page.getByRole("button", { name: "Invite people" }).first().click();
  const dialog = page.getByRole("dialog", { name: "Invite people" });
  if (limits.listen === true) await dialog.getByRole("switch", { name: "Watch and listen only" }).check();
  if (limits.once === true) await dialog.getByRole("switch", { name: "Works once, for one person" }).check();
  if (limits.until !== undefined) await dialog.getByRole("combobox", { name: "Lets people in" }).selectOption(limits.until);
  await dialog.getByRole("button", { name: "Copy limited link" }).click();
  const link = await dialog.getByRole("textbox", { name: "Call link" }).last().inputValue();
  await dialog.getByRole("button", { name: "Close" }).click();
  return link;
}

test("who may only listen is asked for no device, sees and hears, and is not seen or heard", async ({ alice, bob, person }) => {
  const link = await limited(alice, { listen: true });
  expect(link).toMatch(/#[\w-]{60}$/);
  const carol = await person("Carol");
  await carol.page.addInitScript(() => {
    navigator.mediaDevices.getUserMedia = () => {
      throw new Error("nobody may be asked for a device");
    };
  });
  await carol.room.openLobby(link);
  await expect(carol.page.getByText("With this link you watch and listen")).toBeVisible();
  await expect(carol.room.button("Turn off microphone")).toHaveCount(0);
  await carol.room.name.fill("Carol");
  await carol.room.joinCall.click();
  await expectRemoteMedia(carol, "Alice");
  await expectRemoteMedia(carol, "Bob");
  await expectMoving(alice, "Bob");
  for (const other of [alice, bob]) {
    await expect(other.room.tile("Carol").getByText("Watches and listens")).toBeVisible();
    await expect(other.room.tile("Carol").locator("video")).not.toBeVisible();
  }
  for (const name of ["Turn off microphone", "Turn on microphone", "Share screen", "Copy link"]) {
    await expect(carol.room.button(name)).toHaveCount(0);
  }
});

test("a link that works once does so, also after a reload, and for nobody else", async ({ alice, person }) => {
  const link = await limited(alice, { once: true });
  const bob = await person("Bob");
  await bob.room.openLobby(link);
  await bob.room.join("Bob");
  await expectRemoteMedia(alice, "Bob");
  const carol = await person("Carol");
  await carol.page.goto(link);
  await expect(carol.page.getByRole("heading", { name: "This invitation was used already" })).toBeVisible();
  await expectAccessible(carol.page, "an invitation that was used");
  await bob.page.reload();
  await bob.room.join("Bob");
  await expectRemoteMedia(alice, "Bob");
});

test("a link is good until its time is over", async ({ alice, person }) => {
  const link = await limited(alice, { until: "1" });
  const late = await person("Bob");
  await late.page.clock.install({ time: Date.now() + 2 * 3_600_000 });
  await late.page.goto(link);
  await expect(late.page.getByRole("heading", { name: "This invitation has ended" })).toBeVisible();
  await expectAccessible(late.page, "an invitation that has ended");
  const carol = await person("Carol");
  await carol.room.openLobby(link);
  await carol.room.join("Carol");
  await expectRemoteMedia(alice, "Carol");
});
