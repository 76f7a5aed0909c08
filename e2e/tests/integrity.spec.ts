/** Nothing of the page runs that is not as it was built, and the person is told. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import type { Page } from "@playwright/test";
import { expect, test } from "../fixtures/call.ts";
import { RoomPage } from "../pages/room.ts";
import { BINARY } from "../support/server.ts";
import { words } from "../support/words.ts";

/** What makes another file of one, and changes nothing of what it does: a blank, or an empty section. */
const MORE: Record<string, readonly number[]> = { js: [0x0a], css: [0x0a], wasm: [0x00, 0x02, 0x01, 0x78] };

/** Changes what matches on its way; tells how often it did. */
async function change(page: Page, files: string): Promise<() => number> {
  let changed = 0;
  await page.route(files, async (route) => {
    const response = await route.fetch();
    const kind = new URL(route.request().url()).pathname.split(".").at(-1) ?? "";
    const body = Buffer.concat([await response.body(), Buffer.from(MORE[kind] ?? [])]);
    changed += 1;
    await route.fulfill({ status: 200, contentType: response.headers()["content-type"] ?? "", body });
  });
  return () => changed;
}

for (const [what, files] of [
  ["script", "**/frontend-*.js"],
  ["program", "**/frontend-*_bg.wasm"],
] as const) {
  test(`a ${what} that was changed on its way does not run, and the page says so`, async ({ browserFor, room }) => {
    // Not as others come, who may have no error on their page.
    const context = await (await browserFor("Alice", "own")).newContext();
    const page = await context.newPage();
    const changed = await change(page, files);
    await page.goto(room);
    await expect(page.getByText("Still loading. If nothing comes,")).toBeVisible({ timeout: 30_000 });
    expect(changed()).toBeGreaterThan(0);
    await expect(new RoomPage(page).joinCall).toHaveCount(0);
    await context.close();
  });
}

test("a stylesheet that was changed on its way is left out, and the page works without", async ({ person, room }) => {
  const alice = await person("Alice");
  const changed = await change(alice.page, "**/page-*.css");
  await alice.room.openLobby(room);
  expect(changed()).toBeGreaterThan(0);
  await expect(alice.page.locator("body")).not.toHaveCSS("margin", "0px");
});

for (const [what, files] of [
  ["code", "**/split_call_screen-*.wasm"],
  ["stylesheet", "**/call-*.css"],
] as const) {
  test(`the call's ${what} that was changed on its way is refused, and the person is told`, async ({ person, room }) => {
    const alice = await person("Alice");
    const changed = await change(alice.page, files);
    await alice.room.openLobby(room);
    await alice.room.joinCall.click();
    await expect(alice.page.getByRole("heading", { name: "The call could not be opened" })).toBeVisible();
    expect(changed()).toBeGreaterThan(0);
    await alice.page.unroute(files);
    await alice.room.button("Try again").click();
    await expect(alice.room.leaveCall).toBeVisible();
  });
}

test("a language that was changed on its way is English, and the person is told", async ({ person, room }) => {
  const alice = await person("Alice", { locale: "ja" });
  const changed = await change(alice.page, "**/split_ja-*.wasm");
  await alice.room.openLobby(room);
  expect(changed()).toBeGreaterThan(0);
  const choice = alice.page.getByRole("combobox", { name: "Language" });
  await expect(choice).toHaveValue("en");
  await choice.selectOption("日本語");
  await expect(alice.page.getByRole("alert")).toContainText(words("en")("language_missing"));
});

test("every file that the page names is named with its hash", async ({ server }) => {
  const html = await (await fetch(server.url)).text();
  const names = new Set([...html.matchAll(/[\w-]+\.(?:js|wasm|css)(?=["'])/g)].map(([name]) => name));
  expect([...names].map((name) => name.split(".").at(-1)).sort()).toEqual(["css", "css", "js", "wasm"]);
  const links = [...html.matchAll(/<link[^>]*>/g)].map(([link]) => link);
  for (const name of names) {
    const file = Buffer.from(await (await fetch(`${server.url}/${name}`)).arrayBuffer());
    const sum = `sha384-${createHash("sha384").update(file).digest("base64")}`;
    for (const link of links.filter((link) => link.includes(name))) expect(link).toContain(`integrity="${sum}"`);
    if (name.endsWith(".js")) expect(html).toContain(`{"integrity":{"/${name}":"${sum}"}}`);
    if (name.endsWith(".wasm")) expect(html).toContain(`fetch('/${name}', { integrity: '${sum}' })`);
  }
});

test("page and server call the build by one name", async ({ alice }) => {
  const build = await alice.page.locator("meta[name=build]").getAttribute("content");
  expect(build).toMatch(/^[0-9a-f]{16}$/);
  const version = execFileSync(BINARY, ["--version"], { encoding: "utf8" });
  expect(version).toContain(`, page ${build ?? ""})`);
  await alice.room.moreOptions.click();
  await expect(alice.page.getByText(`(${build ?? ""})`)).toHaveText(/^Tincan [\d.]+ \(/);
});
