/** Screens hold no obstacle that axe-core knows of, in both themes. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "@playwright/test";
import type { AxeResults } from "axe-core";
import { expect, test } from "../fixtures/call.ts";
import { settled } from "../support/animations.ts";
import { expectMoving } from "../support/media.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

for (const colorScheme of ["light", "dark"] as const) {
  test(`home, lobby, call and its panels, ${colorScheme}`, async ({ person, server, room }) => {
    const alice = await person("Alice", { colorScheme });
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

  test(`a pass phrase is set, asked for, wrong and right, ${colorScheme}`, async ({ person, server, room }) => {
    const alice = await person("Alice", { colorScheme });
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
    const bob = await person("Bob", { colorScheme });
    await bob.page.goto(`${room}~`);
    await bob.room.phrase.fill("other");
    await bob.page.keyboard.press("Enter");
    await expect(bob.page.getByText("That phrase does not open this call")).toBeVisible();
    await expectAccessible(bob.page, "lobby, with a wrong phrase");
  });

  test(`problems with devices, and a wrong room, ${colorScheme}`, async ({ person, server, room }) => {
    const bob = await person("Bob", { devices: "denied", colorScheme });
    await bob.room.openLobby(room);
    await expect(bob.room.button("Try again")).toBeVisible();
    await expectAccessible(bob.page, "lobby, permission denied");

    await bob.page.goto(`${server.url}/r/NO`);
    await expect(bob.page.getByRole("link", { name: /home/i }).first()).toBeVisible();
    await expectAccessible(bob.page, "wrong room");
  });
}

async function expectAccessible(page: Page, screen: string): Promise<void> {
  // What fades in is judged when it is there: half-transparent text has no contrast.
  await settled(page);
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() =>
    (window as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
  );
  const found = violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target }) => `${screen}: ${id} (${help}) at ${target.join(" ")}`),
  );
  expect(found).toEqual([]);
}
