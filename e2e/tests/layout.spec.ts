/** Who is large on the stage: whoever speaks, whoever was pinned, and oneself or not. */
import type { Locator } from "@playwright/test";
import { type Person, expect, test } from "../fixtures/call.ts";
import { expectMoving, expectRemoteAudio } from "../support/media.ts";

test("in speaker view whoever speaks takes the stage, and the choice is remembered", async ({ alice, bob, join }) => {
  const carol = await join("Carol");
  await carol.room.turn("off", "microphone");
  await expectRemoteAudio(alice, "Bob");
  await choose(alice, "Speaker");
  await expectLarge(alice, "Bob");

  await bob.room.turn("off", "microphone");
  await carol.room.turn("on", "microphone");
  await expectLarge(alice, "Carol");
  // Silence takes nobody from the stage.
  await carol.room.turn("off", "microphone");
  await expect.poll(() => isFramed(alice.room.tile("Carol"))).toBe(false);
  await expectLarge(alice, "Carol");
  await expectMoving(alice, "Carol");
  await expectMoving(alice, "Bob");

  await alice.page.reload();
  await alice.room.join("Alice");
  await bob.room.turn("on", "microphone");
  await expectLarge(alice, "Bob");
  await choose(alice, "Grid");
  await expectAlike(alice, ["Bob", "Carol"]);
});

test("whoever is heard has a frame, and nobody else", async ({ alice, bob }) => {
  await expect.poll(() => isFramed(alice.room.tile("Bob"))).toBe(true);
  await expect.poll(() => isFramed(alice.room.me)).toBe(true);
  await bob.room.turn("off", "microphone");
  await expect.poll(() => isFramed(alice.room.tile("Bob"))).toBe(false);
  await alice.room.turn("off", "microphone");
  await expect.poll(() => isFramed(alice.room.me)).toBe(false);
});

test("who is pinned stays large, whoever speaks, and beside a screen", async ({ alice, bob, join }) => {
  const carol = await join("Carol");
  await expectMoving(alice, "Bob");
  await expectMoving(alice, "Carol");
  await alice.room.tile("Carol").hover();
  await alice.room.button("Pin Carol").click();
  await expectLarge(alice, "Carol");
  await expectMoving(alice, "Carol");

  await bob.room.shareScreen.click();
  await expect(alice.room.screen("Bob")).toBeVisible();
  await expectLarge(alice, "Carol");
  const [screen, pinned] = await Promise.all([box(alice.room.screen("Bob")), box(alice.room.tile("Carol"))]);
  expect(screen.x + screen.width, "they stand side by side").toBeLessThanOrEqual(pinned.x);
  await bob.room.stopSharing.click();

  await alice.room.button("Unpin Carol").focus();
  await alice.page.keyboard.press("Enter");
  await expectAlike(alice, ["Bob", "Carol"]);

  await alice.room.button("Pin Carol").click();
  await expectLarge(alice, "Carol");
  await carol.room.leaveCall.click();
  await expectAlike(alice, ["Bob"]);
});

test("a shared screen takes the stage with people beside it, and two share it alike", async ({ alice, bob, join }) => {
  await expectMoving(alice, "Bob");
  await bob.room.shareScreen.click();
  const first = alice.room.screen("Bob");
  await expect.poll(async () => (await area(first)) / (await area(alice.room.tile("Bob")))).toBeGreaterThan(3);
  const [screen, person] = await Promise.all([box(first), box(alice.room.tile("Bob"))]);
  expect(screen.x + screen.width, "they stand side by side").toBeLessThanOrEqual(person.x);

  const carol = await join("Carol");
  await carol.room.shareScreen.click();
  const second = alice.room.screen("Carol");
  await expect(second).toBeVisible();
  await expect.poll(async () => (await area(first)) - (await area(second))).toBe(0);
  await carol.room.stopSharing.click();
  await bob.room.stopSharing.click();
  await expectAlike(alice, ["Bob", "Carol"]);
});

test("one's own picture can be hidden, and stays so", async ({ alice, bob }) => {
  await expectMoving(alice, "Bob");
  await inOptions(alice, "Hide self view");
  await expect(alice.room.me).toHaveCount(0);
  await expectMoving(bob, "Alice");

  await alice.page.reload();
  await alice.room.join("Alice");
  await expect(alice.room.tile("Bob")).toBeVisible();
  await expect(alice.room.me).toHaveCount(0);
  await inOptions(alice, "Show self view");
  await expect(alice.room.me).toBeVisible();
});

test("one's own picture lies small in a corner, goes to another by key, press and pointer, and stays there", async ({
  alice,
  bob,
}) => {
  await expectMoving(alice, "Bob");
  const whole = await area(alice.room.tile("Bob"));
  await alice.room.me.hover();
  await alice.room.button("Shrink self view").click();
  await expect.poll(() => corner(alice)).toBe("bottom right");
  expect(await area(alice.room.me)).toBeLessThan(whole / 2);
  await expect.poll(() => area(alice.room.tile("Bob")), "he has the room now").toBeGreaterThan(whole);

  await alice.room.button("Move self view").focus();
  await alice.page.keyboard.press("ArrowUp");
  await expect.poll(() => corner(alice)).toBe("top right");
  await alice.page.keyboard.press("ArrowLeft");
  await expect.poll(() => corner(alice)).toBe("top left");
  await alice.room.button("Move self view").click();
  await expect.poll(() => corner(alice)).toBe("top right");

  const from = await alice.room.me.boundingBox();
  if (from === null) throw new Error("it is on the screen");
  await alice.page.mouse.move(from.x + from.width / 2, from.y + from.height - 20);
  await alice.page.mouse.down();
  await alice.page.mouse.move(300, 600, { steps: 5 });
  const carried = await alice.room.me.boundingBox();
  expect(carried?.x, "it follows the pointer").toBeLessThan(from.x - 300);
  await alice.page.mouse.up();
  await expect.poll(() => corner(alice)).toBe("bottom left");

  await alice.page.reload();
  await alice.room.join("Alice");
  await expectMoving(alice, "Bob");
  await expect.poll(() => corner(alice)).toBe("bottom left");
  await choose(alice, "Speaker");
  await expectLarge(alice, "Bob");
  await expect.poll(() => corner(alice)).toBe("bottom left");
  await choose(alice, "Grid");
  await alice.room.me.hover();
  await alice.room.button("Enlarge self view").click();
  await expectAlike(alice, ["Bob"]);
  await expectMoving(bob, "Alice");
});

/** In which corner of the stage one's own picture lies. */
async function corner({ page, room }: Person): Promise<string> {
  const own = await room.me.boundingBox();
  const stage = await page.locator(".stage").boundingBox();
  if (own === null || stage === null) return "nowhere";
  const gaps = {
    top: own.y - stage.y,
    bottom: stage.y + stage.height - own.y - own.height,
    left: own.x - stage.x,
    right: stage.x + stage.width - own.x - own.width,
  };
  const near = (side: keyof typeof gaps): boolean => gaps[side] >= 0 && gaps[side] < 20;
  return (["top", "bottom", "left", "right"] as const).filter(near).join(" ");
}

/** Chooses a layout under "More options". */
async function choose({ page, room }: Person, layout: "Grid" | "Speaker"): Promise<void> {
  await room.moreOptions.click();
  await page.getByRole("radiogroup", { name: "Layout" }).getByRole("radio", { name: layout }).check();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toBeHidden();
}

/** Presses a button under "More options". */
async function inOptions({ page, room }: Person, button: string): Promise<void> {
  await room.moreOptions.click();
  await room.button(button).click();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toBeHidden();
}

/** The tile of `name` has several times the room of every other person's. */
async function expectLarge(person: Person, name: string): Promise<void> {
  await expect
    .poll(
      async () => {
        const own = await area(person.room.tile(name));
        const all = await Promise.all((await person.room.tiles.all()).map(area));
        return all.length > 1 && all.filter((other) => other * 3 > own).length === 1;
      },
      { message: `${name} should be large where ${person.name} looks` },
    )
    .toBe(true);
}

/** The tiles of these and one's own are as large as each other. */
async function expectAlike({ room }: Person, names: string[]): Promise<void> {
  await expect
    .poll(async () => {
      const tiles = [room.me, ...names.map((name) => room.tile(name))];
      return new Set(await Promise.all(tiles.map(area))).size;
    })
    .toBe(1);
}

function isFramed(tile: Locator): Promise<boolean> {
  return tile.evaluate((element) => getComputedStyle(element, "::after").borderTopWidth === "3px");
}

async function area(tile: Locator): Promise<number> {
  const { width, height } = await box(tile);
  return Math.round(width * height);
}

async function box(tile: Locator): Promise<{ x: number; width: number; height: number }> {
  return (await tile.boundingBox()) ?? { x: 0, width: 0, height: 0 };
}
