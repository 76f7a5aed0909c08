/** Screens hold no obstacle that axe-core knows of, in both themes. */
import { expect, newLink, test } from "../fixtures/call.ts";
import { RoomPage } from "../pages/room.ts";
import { expectAccessible } from "../support/axe.ts";
import { expectMoving } from "../support/media.ts";
import { words } from "../support/words.ts";

test("home, lobby, call and its panels", async ({ person, server, room }) => {
  const alice = await person("Alice");
  await alice.home.open(server.url);
  await expect(alice.home.newCall).toBeVisible();
  await expectAccessible(alice.page, "home");

  await alice.room.openLobby(room);
  await expectAccessible(alice.page, "lobby");
  await alice.room.button("Check my network").click();
  await expect(alice.page.getByRole("dialog", { name: "Network check" })).toBeVisible();
  await expectAccessible(alice.page, "network check");
  await alice.page.keyboard.press("Escape");

  await alice.room.join("Alice");
  await expect(alice.room.me).toBeVisible();
  await expectAccessible(alice.page, "alone in a call");
  await alice.room.button("Invite people").click();
  await expect(alice.page.getByRole("img", { name: "QR code of the call link" })).toBeVisible();
  await expectAccessible(alice.page, "invite people");
  await alice.page.keyboard.press("Escape");

  const bob = await person("Bob");
  await bob.room.openLobby(room);
  await bob.room.join("Bob");
  await expectMoving(alice, "Bob");
  await expectAccessible(alice.page, "call");

  await alice.room.button("Options for Bob").focus();
  await alice.page.keyboard.press("Enter");
  await expect(alice.page.getByRole("dialog", { name: "Options for Bob" })).toBeVisible();
  await alice.room.button("They match").click();
  await expectAccessible(alice.page, "options for somebody");
  await alice.page.keyboard.press("Escape");

  await alice.room.people.click();
  await expectAccessible(alice.page, "people");
  await alice.room.people.click();

  await alice.room.chat.click();
  await alice.room.write("Tea? https://tea.example");
  await expect(alice.room.messages.getByRole("article")).toBeVisible();
  await expectAccessible(alice.page, "chat");
  await alice.room.chat.click();

  await alice.room.moreOptions.click();
  await expect(alice.page.getByRole("dialog")).toBeVisible();
  await expectAccessible(alice.page, "more options");
  await alice.page.getByRole("radio", { name: "Speaker" }).check();
  await alice.page.keyboard.press("Escape");
  await expectAccessible(alice.page, "speaker view");

  for (const name of ["Sound options", "Camera options"]) {
    await alice.room.button(name).click();
    await expect(alice.page.getByRole("dialog", { name })).toBeVisible();
    await expectAccessible(alice.page, name);
    await alice.page.keyboard.press("Escape");
  }
  await alice.room.moreOptions.click();
  await alice.room.button("Settings").click();
  await expect(alice.page.getByRole("dialog", { name: "Settings" })).toBeVisible();
  await expectAccessible(alice.page, "settings");
  await alice.page.keyboard.press("Escape");

  const opened = alice.context.waitForEvent("page");
  await alice.room.button("Picture in picture").click();
  const small = await opened;
  await expect(small.getByRole("group", { name: "Bob" })).toBeVisible();
  await expectAccessible(small, "picture in picture");
  await small.close();

  await alice.page.keyboard.press("?");
  await expect(alice.page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
  await expectAccessible(alice.page, "keyboard shortcuts");
  await alice.page.keyboard.press("Escape");

  await alice.room.leaveCall.click();
  await expect(alice.page.getByText(/You left the call/)).toBeVisible();
  await expectAccessible(alice.page, "left");
});

test("a pass phrase is set, asked for, wrong and right", async ({ person, server, room }) => {
  const alice = await person("Alice");
  await alice.home.open(server.url);
  await alice.page.getByRole("link", { name: "Begin with a pass phrase" }).click();
  await expect(alice.room.phrase).toBeVisible();
  await expectAccessible(alice.page, "home, with a phrase");
  await alice.page.goto(`${room}~`);
  await alice.room.phrase.fill(" ");
  await alice.page.keyboard.press("Enter");
  await expect(alice.page.getByText("Type the phrase first.")).toBeVisible();
  await expectAccessible(alice.page, "asked for a phrase");
  await alice.room.phrase.fill("one");
  await alice.page.keyboard.press("Enter");
  await expect(alice.room.button("Change the phrase")).toBeVisible();
  await expectAccessible(alice.page, "lobby, with a phrase");
  const bob = await person("Bob");
  await bob.page.goto(`${room}~`);
  await bob.room.phrase.fill("other");
  await bob.page.keyboard.press("Enter");
  await expect(bob.page.getByText("That phrase does not open this call")).toBeVisible();
  await expectAccessible(bob.page, "lobby, with a wrong phrase");
});

test("problems with devices, and a wrong room", async ({ person, server, room }) => {
  const bob = await person("Bob", { devices: "denied" });
  await bob.room.openLobby(room);
  await expect(bob.room.button("Try again")).toBeVisible();
  await expectAccessible(bob.page, "lobby, permission denied");

  await bob.page.goto(`${server.url}/r/NO`);
  await expect(bob.page.getByRole("link", { name: /home/i }).first()).toBeVisible();
  await expectAccessible(bob.page, "wrong room");
});

for (const locale of ["en", "ar"] as const) {
  test(`what happens in a call, and its ends, ${locale}`, async ({ person, startServer }) => {
    test.setTimeout(240_000);
    const server = await startServer("--max-participants", "3");
    const room = newLink(server.url);
    const say = words(locale);
    const alice = await person("Alice", { locale });
    const { page } = alice;
    const mine = new RoomPage(page, say);
    await mine.openLobby(room);
    await mine.join("Alice");
    const bob = await person("Bob");
    await bob.room.openLobby(room);
    await bob.room.join("Bob");
    await expect(mine.tile("Bob")).toBeVisible();

    await bob.room.moreOptions.click();
    await bob.room.button("Raise hand").click();
    await expect(mine.tile("Bob").getByRole("img", { name: say("hand_raised") })).toBeVisible();
    await expectAccessible(page, "a raised hand");
    await bob.room.moreOptions.click();
    await bob.room.button("React: party").click();
    await expect(mine.tile("Bob").getByText("🎉")).toBeVisible();
    await expectAccessible(page, "a reaction");

    await bob.room.shareScreen.click();
    await expect(mine.screen("Bob")).toBeVisible();
    await expectAccessible(page, "a shared screen");
    await bob.room.stopSharing.click();
    await expect(mine.screen("Bob")).toHaveCount(0);

    await mine.button(say("shrink_self_view")).focus();
    await page.keyboard.press("Enter");
    await expect(mine.button(say("enlarge_self_view"))).toBeVisible();
    await expectAccessible(page, "a small self view");
    await mine.button(say("pin", { name: "Bob" })).focus();
    await page.keyboard.press("Enter");
    await expect(mine.button(say("unpin", { name: "Bob" }))).toBeVisible();
    await expectAccessible(page, "somebody pinned");

    await page.keyboard.press("m");
    await expect(page.getByText(say("talking_while_muted"))).toBeVisible();
    await expectAccessible(page, "a hint");

    await mine.people.click();
    await mine.button(say("lock_call")).click();
    const carol = await person("Carol");
    await carol.room.openLobby(room);
    await carol.room.name.fill("Carol");
    await carol.room.joinCall.click();
    await expect(page.getByText(say("knock", { name: "Carol" }))).toBeVisible();
    await expectAccessible(page, "somebody knocks");
    await expectAccessible(carol.page, "waits in the lobby");
    await carol.room.button("Stop waiting").click();

    await mine.button(say("action_for", { action: say("remove"), name: "Bob" })).click();
    await expect(page.getByRole("dialog")).toBeVisible();
    await expectAccessible(page, "remove somebody");
    await page.getByRole("dialog").getByRole("button", { name: say("remove_yes", { name: "Bob" }) }).click();
    await expect(bob.page.getByRole("button", { name: "Ask to come back" })).toBeVisible();
    await expectAccessible(bob.page, "removed");
  });
}

test("home with recent calls and a wrong field, and the lobbies of links that say less", async ({ alice, person, server }) => {
  const { page, home } = alice;
  await alice.room.button("Invite people").first().click();
  const dialog = page.getByRole("dialog", { name: "Invite people" });
  await dialog.getByRole("switch", { name: "Watch and listen only" }).check();
  await dialog.getByRole("button", { name: "Copy limited link" }).click();
  const limited = dialog.getByRole("textbox", { name: "Call link" }).last();
  await expect(limited).toHaveValue(/#/);
  await expectAccessible(page, "a limited link");
  const carol = await person("Carol");
  await carol.room.openLobby(await limited.inputValue());
  await expectAccessible(carol.page, "lobby of who listens");
  await carol.page.goto(`${server.url}/r/team-tea`);
  await expect(carol.room.joinCall).toBeVisible();
  await expectAccessible(carol.page, "lobby that is not private");
  await page.keyboard.press("Escape");

  await page.goto(server.url);
  await expect(home.recent.getByRole("link").first()).toBeVisible();
  await home.goTo("no such thing!");
  await expect(home.link).toHaveAttribute("aria-invalid", "true");
  await expectAccessible(page, "home with a wrong field and recent calls");
});

test("a call that lost its server, and one that is full", async ({ join, person, startServer }) => {
  const server = await startServer("--max-participants", "2");
  const link = newLink(server.url);
  const alice = await join("Alice", { link });
  await join("Bob", { link });
  const carol = await person("Carol");
  await carol.room.openLobby(link);
  await carol.room.name.fill("Carol");
  await carol.room.joinCall.click();
  await expect(carol.page.getByText("The call is full.")).toBeVisible();
  await expectAccessible(carol.page, "full");
  await server.kill();
  await expect(alice.page.getByText(/Reconnecting to the server/)).toBeVisible();
  await expectAccessible(alice.page, "reconnecting");
});
