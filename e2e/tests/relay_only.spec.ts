/** "Hide my address": others are reached through the relay, and learn no other address. */
import { execFileSync } from "node:child_process";
import { createHash, X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "@playwright/test";
import { type Person, expect, newLink, test } from "../fixtures/call.ts";
import { HomePage } from "../pages/home.ts";
import { RoomPage } from "../pages/room.ts";
import { type Place, startChromium, startFirefox } from "../support/browsers.ts";
import { expectToReceive, joinInFirefox } from "../support/firefox.ts";
import { openConnections, recordConnections } from "../support/connections.ts";
import { expectMoving, expectRemoteMedia } from "../support/media.ts";
import { persona } from "../support/persona.ts";
import { RELAYS_HERE, expectNothingTold, expectRelayed, hide, onlyServers, readPairs, recordGiven } from "../support/relay.ts";

test("one hides their address: both see each other, through the relay, and it stays hidden", async ({ person, startServer }) => {
  const room = newLink((await startServer(...RELAYS_HERE)).url);
  const alice = await person("Alice", { scripts: [recordGiven] });
  await alice.room.openLobby(room);
  await alice.room.join("Alice");
  const bob = await person("Bob");
  // Nobody is connected before the switch is on, so the very first connection is relayed.
  await bob.room.openLobby(`${new URL(room).origin}/r/bobs-mirror`);
  await bob.room.hideAddress.check();
  await expect(bob.room.hidden).toBeVisible();
  await bob.room.openLobby(room);
  await expect(bob.room.hideAddress).toBeChecked();
  await bob.room.join("Bob");

  await expectRemoteMedia(alice, "Bob");
  await expectRemoteMedia(bob, "Alice");
  await expectRelayed(bob.page);
  await expect.poll(() => alice.page.evaluate(readPairs)).toEqual([expect.objectContaining({ remote: "relay" })]);
  await expectNothingTold(alice);
  await expect(bob.room.hidden).toBeVisible();
  await expect(bob.room.hidden).toHaveAttribute("title", /others see only the server’s address/);
  await expect(alice.room.hidden).toHaveCount(0);

  await bob.page.reload();
  await expect(bob.room.hideAddress).toBeChecked();
  await expect(bob.room.hidden).toBeVisible();
});

test("hiding in the lobby closes what was made before, and makes it anew through the relay", async ({ person, startServer }) => {
  const room = newLink((await startServer(...RELAYS_HERE)).url);
  const alice = await person("Alice", { scripts: [recordGiven] });
  await alice.room.openLobby(room);
  await alice.room.join("Alice");
  const bob = await person("Bob");
  await bob.room.openLobby(room);
  await expect.poll(() => bob.page.evaluate(readPairs)).toEqual([expect.objectContaining({ local: "host" })]);
  await alice.page.evaluate(() => window.tincanGiven?.splice(0));

  await bob.room.hideAddress.check();
  await expectRelayed(bob.page);
  expect(await openConnections(bob.page)).toBe(1);
  await expectNothingTold(alice);

  await bob.room.join("Bob");
  await expectRemoteMedia(alice, "Bob");
  await expectNothingTold(alice);
});

test("both hide, over TCP alone", async ({ join, startServer }) => {
  const link = newLink((await startServer(...RELAYS_HERE)).url);
  const scripts = [recordGiven, onlyServers(/^turn:.*transport=tcp/), hide];
  const alice = await join("Alice", { scripts, link });
  const bob = await join("Bob", { scripts, link });
  await expectRemoteMedia(alice, "Bob");
  await expectRemoteMedia(bob, "Alice");
  for (const { page } of [alice, bob]) await expectRelayed(page, "tcp");
  for (const someone of [alice, bob]) await expectNothingTold(someone);
});

test("a server without a relay says why it cannot hide anybody", async ({ person, startServer }) => {
  const server = await startServer("--no-turn");
  const bob = await person("Bob");
  await bob.room.openLobby(newLink(server.url));
  await expect(bob.room.hideAddress).toBeDisabled();
  await expect(bob.room.hideAddress).toHaveAccessibleDescription(/has no relay/);
});

test("both hide, over TLS alone", async ({ startServer }) => {
  const tls = certificate();
  const server = await startServer(...RELAYS_HERE, ...tls.options);
  const link = newLink(server.url.replace("http:", "https:"));
  const browsers = await Promise.all(["Alice", "Bob"].map((name) => startChromium(persona(name), "own", tls.place)));
  try {
    const people: Person[] = [];
    for (const [at, name] of ["Alice", "Bob"].entries()) {
      const browser = browsers[at];
      if (browser === undefined) throw new Error("two browsers were started above");
      const someone = await hidden(browser, name, /^turns:/);
      await someone.room.openLobby(link);
      await someone.room.join(name);
      people.push(someone);
    }
    const [alice, bob] = people as [Person, Person];
    await expectRemoteMedia(alice, "Bob");
    await expectRemoteMedia(bob, "Alice");
    for (const { page } of people) await expectRelayed(page, "tls");
  } finally {
    for (const browser of browsers) await browser.close();
    tls.remove();
  }
});

test("Firefox hides, and tells no other address either", async ({ person, startServer }) => {
  const room = newLink((await startServer(...RELAYS_HERE)).url);
  const alice = await person("Alice", { scripts: [recordGiven] });
  await alice.room.openLobby(room);
  await alice.room.join("Alice");
  const firefox = await startFirefox();
  try {
    const page = await firefox.newPage();
    await page.evaluateOnNewDocument(recordConnections);
    await page.evaluateOnNewDocument(hide);
    await joinInFirefox(page, room, "Fox");
    await expectMoving(alice, "Fox");
    await expect
      .poll(() => page.evaluate(readPairs))
      .toEqual([expect.objectContaining({ local: "relay" })]);
    await expectNothingTold(alice);
  } finally {
    await firefox.close();
  }
});

for (const [over, servers] of [
  ["udp", /^turn:(?!.*transport=tcp)/],
  ["tcp", /^turn:.*transport=tcp/],
  ["tls", /^turns:/],
] as const) {
  test(`Chromium and Firefox hide, over ${over.toUpperCase()} alone, and tell no other address`, async ({ startServer }) => {
    const tls = over === "tls" ? certificate() : undefined;
    const { url } = await startServer(...RELAYS_HERE, ...(tls?.options ?? []));
    const link = newLink(tls === undefined ? url : url.replace("http:", "https:"));
    const [chromium, firefox] = await Promise.all([
      startChromium(persona("Alice"), "own", tls?.place),
      startFirefox(tls !== undefined),
    ]);
    try {
      const alice = await hidden(chromium, "Alice", servers);
      await alice.room.openLobby(link);
      await alice.room.join("Alice");
      const fox = await firefox.newPage();
      for (const script of [recordConnections, hide]) await fox.evaluateOnNewDocument(script);
      await fox.evaluateOnNewDocument(onlyServers(servers).content);
      await joinInFirefox(fox, link, "Fox");

      await expectMoving(alice, "Fox");
      await expectToReceive(fox, "Alice");
      for (const page of [alice.page, fox]) await expectRelayed(page, over);
      await expectNothingTold(alice);
    } finally {
      await Promise.all([chromium.close(), firefox.close()]);
      tls?.remove();
    }
  });
}

/** Somebody in a window of their own who hides, and whose browser finds no servers but those. */
async function hidden(browser: Browser, name: string, servers: RegExp): Promise<Person> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  for (const script of [recordConnections, recordGiven, onlyServers(servers), hide]) await context.addInitScript(script);
  const page = await context.newPage();
  return { name, context, page, home: new HomePage(page), room: new RoomPage(page) };
}

/** A certificate for localhost: the options of a server that has it, and where Chromium trusts it. */
function certificate(): { options: string[]; place: Place; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), "tincan-tls-"));
  const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  execFileSync("openssl", [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
    ...["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2"],
    ...["-keyout", key, "-out", cert],
  ], { stdio: "pipe" });
  const { publicKey } = new X509Certificate(readFileSync(cert));
  const spki = publicKey.export({ type: "spki", format: "der" });
  const fingerprint = createHash("sha256").update(spki).digest("base64");
  return {
    options: ["--tls-cert", cert, "--tls-key", key],
    // The flag reaches the TLS of the relay as well, which a context's own option does not.
    place: { wrapper: (program) => program, flags: [`--ignore-certificate-errors-spki-list=${fingerprint}`] },
    remove: () => rmSync(folder, { recursive: true }),
  };
}
