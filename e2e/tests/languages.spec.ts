/** Nine languages: the browser's own first, another one at a press, and no file of a language nobody reads. */
import type { Page } from "@playwright/test";
import { type Person, expect, test } from "../fixtures/call.ts";
import { RoomPage } from "../pages/room.ts";
import { expectMoving, expectRemoteMedia } from "../support/media.ts";
import { words } from "../support/words.ts";

const ALL = ["en", "de", "es", "fr", "pt", "zh", "ja", "ar", "hi"] as const;

/** Files of the page, by what their names begin with. */
function asked(page: Page): string[] {
  const files: string[] = [];
  page.on("request", (request) => files.push(new URL(request.url()).pathname.slice(1)));
  return files;
}

const isLanguage = (file: string): boolean => /^split_(de|es|fr|pt|zh|ja|ar|hi)-/.test(file);

test("the page speaks the browser's language, and the one that was chosen from then on", async ({ person, server }) => {
  const alice = await person("Alice", { locale: "de-AT" });
  const files = asked(alice.page);
  await alice.home.open(server.url);
  await expect(alice.page.getByRole("heading", { level: 1 })).toHaveText(words("de")("home_title"));
  await expect(alice.page.locator("html")).toHaveAttribute("lang", "de");
  expect(files.filter(isLanguage).map((file) => file.slice(0, 8))).toEqual(["split_de"]);

  const choice = alice.page.getByRole("combobox");
  await expect(choice).toHaveAccessibleName(words("de")("language"));
  await choice.focus();
  await choice.selectOption("Français");
  await expect(alice.page.getByRole("heading", { level: 1 })).toHaveText(words("fr")("home_title"));
  await expect(choice, "the keyboard stays where it was").toBeFocused();
  await alice.page.reload();
  await expect(alice.page.getByRole("heading", { level: 1 })).toHaveText(words("fr")("home_title"));
  await choice.selectOption("English");
  await expect(alice.page.getByRole("heading", { level: 1 })).toHaveText(words("en")("home_title"));
});

test("whoever reads English fetches no other language", async ({ person, room }) => {
  const alice = await person("Alice", { locale: "en-GB" });
  const files = asked(alice.page);
  await alice.room.openLobby(room);
  await alice.room.join("Alice");
  expect(files.some((file) => file.startsWith("split_call_screen-"))).toBe(true);
  expect(files.filter(isLanguage)).toEqual([]);
});

test("a language that does not come is English, and choosing it again fetches it", async ({ person, room }) => {
  const alice = await person("Alice", { locale: "ja" });
  await alice.page.route("**/split_ja-*.wasm", (route) => route.abort());
  await alice.room.openLobby(room);
  const choice = alice.page.getByRole("combobox", { name: "Language" });
  await expect(choice).toHaveValue("en");
  await choice.selectOption("日本語");
  await expect(alice.page.getByRole("alert")).toContainText(words("en")("language_missing"));
  await expect(choice).toHaveValue("en");
  await alice.page.unroute("**/split_ja-*.wasm");
  await choice.selectOption("日本語");
  await expect(alice.page.getByRole("heading", { level: 1 })).toHaveText(words("ja")("lobby_title"));
});

test("the language of a call is changed while it goes on, and nothing else changes", async ({ join, bob }) => {
  const carol = await join("Carol");
  await expectRemoteMedia(carol, "Bob");
  await carol.room.button("Options for Bob").focus();
  await carol.page.keyboard.press("Enter");
  await carol.page.getByRole("switch", { name: "Mute for me" }).click();
  await carol.page.keyboard.press("Escape");
  await carol.room.chat.click();
  await carol.room.message.fill("not sent yet");

  await carol.room.moreOptions.click();
  await carol.room.button("Settings").click();
  await carol.page.getByRole("combobox", { name: "Language" }).selectOption("العربية");
  const say = words("ar");
  const arabic: Person = { ...carol, room: new RoomPage(carol.page, say) };
  await expect(carol.page.getByRole("heading", { name: say("settings") })).toBeVisible();
  await expect(carol.page.getByRole("combobox", { name: say("language") })).toBeFocused();
  await expect(carol.page.locator("html")).toHaveAttribute("dir", "rtl");
  await carol.page.keyboard.press("Escape");
  await expect(arabic.room.message).toHaveValue("not sent yet");
  await expect(arabic.room.tile("Bob").getByText(say("muted_for_you"))).toBeAttached();
  await expectMoving(arabic, "Bob");
  await expectRemoteMedia(bob, "Carol");
  await arabic.room.people.click();
  await expect(carol.page.locator(".person .avatar").first(), "of her own name").toHaveText("C");
});

test("a number has the form of its language", async ({ person, room }) => {
  const alice = await person("Alice", { locale: "ar" });
  const arabic = new RoomPage(alice.page, words("ar"));
  await arabic.openLobby(room);
  const there = alice.page.getByRole("status").filter({ hasText: words("ar")("nobody_there") });
  const bob = await person("Bob");
  await bob.room.openLobby(room);
  await expect(there).toContainText("شخص آخر يستعد");
  const carol = await person("Carol");
  await carol.room.openLobby(room);
  await expect(there).toContainText("شخصان آخران يستعدان");
});

for (const tag of ALL) {
  test(`a call is begun, held and ended in ${tag}`, async ({ person, room, bob }) => {
    const alice = await person("Alice", { locale: tag });
    const say = words(tag);
    const page = new RoomPage(alice.page, say);
    await page.openLobby(room);
    await page.join("Alice");
    const there: Person = { ...alice, room: page };
    await expectMoving(there, "Bob");
    await expectMoving(bob, "Alice");
    await page.leaveCall.click();
    await expect(alice.page.getByRole("heading", { name: say("left_title") })).toBeVisible();
  });
}
