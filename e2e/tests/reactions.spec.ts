/** Hands that are raised stay, in their order; reactions are seen for a moment. */
import { expect, test } from "../fixtures/call.ts";

test("hands and reactions are seen by the others", async ({ alice, bob, join }) => {
  for (const { room } of [bob, alice]) {
    await room.moreOptions.click();
    await room.button("Raise hand").click();
  }
  await expect(alice.room.tile("Bob").getByRole("img", { name: "Hand raised" })).toBeVisible();

  const carol = await join("Carol");
  await carol.room.people.click();
  const people = carol.page.getByRole("complementary", { name: "People" }).getByRole("listitem");
  await expect(people.filter({ hasText: "Bob" }).getByRole("img", { name: "Hand raised, number 1" })).toBeVisible();
  await expect(people.filter({ hasText: "Alice" }).getByRole("img", { name: "Hand raised, number 2" })).toBeVisible();

  await bob.room.moreOptions.click();
  await bob.room.button("Lower hand").click();
  await expect(people.filter({ hasText: "Alice" }).getByRole("img", { name: "Hand raised, number 1" })).toBeVisible();

  await alice.room.moreOptions.click();
  await alice.room.button("React: party").click();
  await expect(bob.room.tile("Alice").getByText("🎉")).toBeVisible();
  await expect(bob.room.tile("Alice").getByText("🎉")).toHaveCount(0);
});

for (const reducedMotion of ["no-preference", "reduce"] as const) {
  test(`a reaction floats up and fades, ${reducedMotion}`, async ({ join }) => {
    const alice = await join("Alice", { reducedMotion });
    const bob = await join("Bob");
    await expect(alice.room.tile("Bob")).toBeVisible();
    await bob.room.moreOptions.click();
    await bob.room.button("React: party").click();
    const floating = alice.room.tile("Bob").locator(".tile-reaction");
    await expect(floating).toBeVisible();
    const moves = (): Promise<number> => floating.evaluate((it) => it.getAnimations().length);
    expect(await moves()).toBe(reducedMotion === "reduce" ? 0 : 1);
    await expect(floating).toHaveCount(0);
  });
}
