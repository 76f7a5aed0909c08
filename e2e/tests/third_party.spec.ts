/** Nothing on the page comes from, or goes to, another host. */
import { expect, test } from "../fixtures/call.ts";
import { expectMoving } from "../support/media.ts";

test("home, lobby and call ask nobody but their own server", async ({ person, server, room }) => {
  const alice = await person("Alice");
  const asked: string[] = [];
  alice.page.on("request", (request) => asked.push(new URL(request.url()).host));
  alice.page.on("websocket", (socket) => asked.push(new URL(socket.url()).host));
  await alice.home.open(server.url);
  await expect(alice.home.newCall).toBeVisible();
  await alice.room.openLobby(room);
  await alice.room.join("Alice");
  const bob = await person("Bob");
  await bob.room.openLobby(room);
  await bob.room.join("Bob");
  await expectMoving(alice, "Bob");

  expect(asked.length).toBeGreaterThan(3);
  expect(new Set(asked)).toEqual(new Set([new URL(server.url).host]));

  const iceServers = await alice.page.evaluate(() =>
    (window.tincanConnections ?? []).flatMap((connection) =>
      (connection.getConfiguration().iceServers ?? []).flatMap(({ urls }) => urls),
    ),
  );
  expect(iceServers.filter((url) => !/^(stun|turns?):(localhost|127\.0\.0\.1|\[::1\]):/.test(url))).toEqual([]);
});

test("the page may load nothing from elsewhere, and says nothing of where one came from", async ({ server }) => {
  const { headers } = await fetch(server.url);
  const policy = headers.get("content-security-policy") ?? "";
  expect(policy).toMatch(/default-src '(none|self)'/);
  // Nor `ws:` or `wss:`: as of CSP3 a page's own host covers its sockets.
  expect(policy.split("; ").filter((part) => part.startsWith("connect-src"))).toEqual(["connect-src 'self'"]);
  expect(policy).not.toMatch(/unsafe-inline|unsafe-eval(?<!wasm-unsafe-eval)|https?:|\*/);
  expect(headers.get("referrer-policy")).toBe("no-referrer");
  expect(headers.get("x-content-type-options")).toBe("nosniff");
});
