/** The network check in the lobby: five seconds, and a sentence that says what to expect. */
import type { Locator, Page } from "@playwright/test";
import { type Person, expect, newLink, test } from "../fixtures/call.ts";
import { RELAYS_HERE, readPairs } from "../support/relay.ts";

/** The check takes five seconds, on a machine with more to do a little longer. */
const DONE = { timeout: 20_000 };

test("where everything is open it says for how many it is good, and hurts no connection there is", async ({ join, person, startServer }) => {
  // The name of this machine has an address that the server does not listen on.
  const link = newLink((await startServer(...RELAYS_HERE, "--external-ip", "127.0.0.1")).url);
  await join("Alice", { link });
  const bob = await person("Bob");
  await bob.room.openLobby(link);
  await expect.poll(() => bob.page.evaluate(readPairs)).toHaveLength(1);
  const warm = await bob.page.evaluate(() => window.tincanConnections?.length);

  const dialog = await check(bob);
  await expect(dialog.getByRole("status")).toHaveText(/^Good for \d people at 540p\.$/, DONE);
  await expect(way(dialog, "Direct, over UDP")).toHaveText("Works");
  await expect(way(dialog, "Relay over UDP")).toHaveText("Works");
  await expect(way(dialog, "Relay over TCP")).toHaveText("Works");
  await expect(way(dialog, "Round trip to the relay")).toHaveText(/^\d+ ms$/);
  await expect(way(dialog, "Uplink through the relay")).toHaveText(/^[1-4]\.\d Mbit\/s$/);

  await bob.page.keyboard.press("Escape");
  await expect(bob.room.button("Check my network")).toBeFocused();
  const states = await bob.page.evaluate(() => (window.tincanConnections ?? []).map((one) => one.connectionState));
  expect(states.slice(0, warm), "the connection to Alice stands").toEqual(["connected"]);
  expect(new Set(states.slice(warm)), "those of the check are gone").toEqual(new Set(["closed"]));
});

test("where UDP is blocked it says so, and over what the call will go", async ({ person, startServer }) => {
  const server = await startServer(...RELAYS_HERE, "--external-ip", "127.0.0.1");
  const bob = await person("Bob", { scripts: [swallowUdp] });
  await bob.room.openLobby(newLink(server.url));
  const dialog = await check(bob);
  await expect(dialog.getByRole("status")).toContainText(
    "Your network blocks video over UDP; we will go through the relay over TCP.",
    DONE,
  );
  await expect(way(dialog, "Direct, over UDP")).toHaveText("Blocked");
  await expect(way(dialog, "Relay over UDP")).toHaveText("Blocked");
  await expect(way(dialog, "Relay over TCP")).toHaveText("Works");
});

test("its code comes only when it is asked for", async ({ person, room }) => {
  const bob = await person("Bob");
  const parts: string[] = [];
  bob.page.on("request", (request) => parts.push(new URL(request.url()).pathname));
  await bob.room.openLobby(room);
  await expect(bob.room.button("Check my network")).toBeEnabled();
  const before = parts.filter((path) => path.includes("split_aside"));
  expect(before).toEqual([]);
  await check(bob);
  expect(parts.filter((path) => path.includes("split_aside"))).not.toEqual([]);
});

async function check({ page, room }: Person): Promise<Locator> {
  await room.button("Check my network").click();
  const dialog = dialogOf(page);
  await expect(dialog).toBeVisible();
  return dialog;
}

function dialogOf(page: Page): Locator {
  return page.getByRole("dialog", { name: "Network check", exact: true });
}

function way(dialog: Locator, name: string): Locator {
  return dialog.getByRole("row").filter({ has: dialog.page().getByRole("rowheader", { name, exact: true }) }).getByRole("cell");
}

/** Runs before the page's own scripts: what goes over UDP goes to a port where nobody listens. */
function swallowUdp(): void {
  const away = (url: string): string => (/^stun:|transport=udp$/.test(url) ? url.replace(/:\d+(?=\?|$)/, ":9") : url);
  window.RTCPeerConnection = class extends window.RTCPeerConnection {
    constructor(configuration?: RTCConfiguration) {
      const servers = (configuration?.iceServers ?? []).map((server) => ({ ...server, urls: [server.urls].flat().map(away) }));
      super({ ...configuration, iceServers: servers });
    }
  };
}
