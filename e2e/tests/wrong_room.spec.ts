/** Addresses that lead nowhere say so kindly. */
import { expect, test } from "../fixtures/call.ts";

test("a room's name that cannot be is told, with a way home", async ({ person, server }) => {
  const alice = await person("Alice");
  await alice.page.goto(`${server.url}/r/No%20Such_Room!`);
  await expect(alice.room.joinCall).toHaveCount(0);
  await alice.page.getByRole("link", { name: /home/i }).first().click();
  await expect(alice.home.newCall).toBeVisible();
});

test("a field that holds no link and no name says so, and stays", async ({ person, server }) => {
  const alice = await person("Alice");
  await alice.home.open(server.url);
  await alice.home.goTo("??");
  await expect(alice.home.link).toHaveAttribute("aria-invalid", "true");
  await expect(alice.page).toHaveURL(`${server.url}/`);
});

test("a path that is nothing is not found", async ({ server }) => {
  const response = await fetch(`${server.url}/no/such/page`);
  expect(response.status).toBe(404);
});

test("what is only for those who work on the page is not in a release", async ({ server }) => {
  const response = await fetch(`${server.url}/style`);
  expect(response.status).toBe(404);
});
