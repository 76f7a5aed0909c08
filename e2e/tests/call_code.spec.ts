/** The call's screen is fetched after the lobby: the lobby does without it, and its absence is told. */
import { expect, test } from "../fixtures/call.ts";
import { expectAccessible } from "../support/axe.ts";

const CODE = "**/split_call_screen-*.wasm";
const STYLE = "**/call-*.css";

test("the lobby is there before the code of the call's screen", async ({ person, room }) => {
  const alice = await person("Alice");
  const asked: string[] = [];
  // Not until the button is pressed.
  let press = (): void => {};
  const pressed = new Promise<void>((resolve) => {
    press = resolve;
  });
  await alice.page.route(CODE, async (route) => {
    asked.push(route.request().url());
    await pressed;
    await route.continue();
  });
  const files: string[] = [];
  alice.page.on("request", (request) => files.push(new URL(request.url()).pathname));
  await alice.room.openLobby(room);
  await expect.poll(() => asked.length, "the lobby fetches it while it rests").toBe(1);
  await alice.room.joinCall.click();
  await expect(alice.room.button("Joining")).toBeVisible();
  press();
  await expect(alice.room.leaveCall).toBeVisible();
  expect(new Set(files).size, `each file is asked for once: ${files.join(" ")}`).toBe(files.length);
  expect(files.length, files.join(" ")).toBeLessThanOrEqual(7);
});

for (const [what, files] of [
  ["code", CODE],
  ["style", STYLE],
] as const) {
  test(`a screen whose ${what} does not come is told, and trying again opens the call`, async ({ person, room, bob }) => {
    const carol = await person("Carol");
    await carol.page.route(files, (route) => route.abort());
    await carol.room.openLobby(room);
    await carol.room.name.fill("Carol");
    await carol.room.joinCall.click();
    await expect(carol.page.getByRole("heading", { name: "The call could not be opened" })).toBeVisible();
    await expectAccessible(carol.page, "the call could not be opened");
    await expect(bob.room.tile("Carol"), "she is in the call all the same").toBeVisible();
    await carol.page.unroute(files);
    await carol.room.button("Try again").click();
    await expect(carol.room.tile("Bob")).toBeVisible();
    await expect(carol.room.tile("Bob"), "the style is there").toHaveCSS("border-radius", "14px");
  });
}
