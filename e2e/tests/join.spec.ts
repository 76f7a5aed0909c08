/** From the home page to a call of two, by nothing but a link. */
import { expect, test } from "../fixtures/call.ts";
import { openConnections } from "../support/connections.ts";
import { expectRemoteMedia } from "../support/media.ts";

test("a new call, its link, and whoever opens it is in the call", async ({ person, server }) => {
  const alice = await person("Alice", { permissions: ["clipboard-read", "clipboard-write", "camera", "microphone"] });
  await alice.home.open(server.url);
  await alice.home.newCall.click();
  await expect(alice.page).toHaveURL(/\/r\/[a-z]{3}-[a-z]{4}-[a-z]{3}#[\w-]{22}$/);
  await alice.room.join("Alice");

  await alice.room.copyLink.first().click();
  await expect(alice.page.getByText("Link copied").first()).toBeAttached();
  const link = await alice.page.evaluate(() => navigator.clipboard.readText());
  expect(link).toBe(alice.page.url());

  const bob = await person("Bob");
  await bob.room.openLobby(link);
  await bob.room.join("Bob");

  await expectRemoteMedia(alice, "Bob");
  await expectRemoteMedia(bob, "Alice");
});

test("whoever is alone in a call is shown the link to send", async ({ alice, room }) => {
  await expect(alice.page.getByRole("textbox", { name: "Call link" })).toHaveValue(room);
});

test("a pasted link leads to the call it names", async ({ person, server, room }) => {
  const alice = await person("Alice");
  await alice.home.open(server.url);
  await alice.home.goTo(room);
  await expect(alice.page).toHaveURL(room);
  await expect(alice.room.joinCall).toBeVisible();
});

test("a typed name leads to the room of that name, and the page says it is not private", async ({ person, server }) => {
  const alice = await person("Alice");
  await alice.home.open(server.url);
  await alice.home.goTo("Team Meeting");
  await expect(alice.page).toHaveURL(`${server.url}/r/team-meeting`);
  await expect(alice.page.getByText(/could be read by the server/)).toBeVisible();
});

test("the lobby shows the camera, lists the devices and remembers the name", async ({ person, room }) => {
  const alice = await person("Alice");
  await alice.room.openLobby(room);
  await expect(alice.room.preview).toBeVisible();
  await expect
    .poll(() => alice.room.preview.evaluate((video: HTMLVideoElement) => video.videoWidth > 0 && video.currentTime > 0))
    .toBe(true);
  await expect(alice.room.device("Microphone")).toBeVisible();
  await expect(alice.room.device("Camera")).toBeVisible();
  await expect(alice.room.device("Speaker")).toBeVisible();

  await alice.room.join("Alice Example");
  await alice.page.reload();
  await expect(alice.room.name).toHaveValue("Alice Example");
});

test("nothing of a person in the lobby is shown to those in the call", async ({ alice, person, room }) => {
  const bob = await person("Bob");
  await bob.room.openLobby(room);
  await expect(bob.page.getByText(/Alice is in the call/)).toBeVisible();
  await expect(alice.room.me).toBeVisible();
  await expect(alice.room.tiles).toHaveCount(1);
  const sends = await bob.page.evaluate(() =>
    (window.tincanConnections ?? []).flatMap((connection) => connection.getSenders()).some(({ track }) => track !== null),
  );
  expect(sends, "no track is attached before the click on join").toBe(false);
  await expect(alice.page.getByText("One more person is getting ready.")).toBeVisible();
});

test("who leaves the lobby leaves nothing behind", async ({ alice, person, room }) => {
  const bob = await person("Bob");
  await bob.room.openLobby(room);
  await expect.poll(() => openConnections(bob.page)).toBe(1);
  await expect.poll(() => openConnections(alice.page)).toBe(1);
  const camera = await bob.room.preview.evaluateHandle((video: HTMLVideoElement) => video.srcObject as MediaStream);
  await bob.page.getByRole("link", { name: "Tincan" }).click();
  await expect(bob.home.newCall).toBeVisible();
  await expect.poll(() => openConnections(bob.page)).toBe(0);
  await expect.poll(() => openConnections(alice.page)).toBe(0);
  expect(await camera.evaluate((stream) => stream.getTracks().map(({ readyState }) => readyState))).toEqual(["ended"]);
  await expect(alice.page.getByText("One more person is getting ready.")).toHaveCount(0);
});

test("the way to the server is made before the program is there, and used", async ({ person, room }) => {
  const alice = await person("Alice");
  const sockets: string[] = [];
  alice.page.on("websocket", (socket) => sockets.push(socket.url()));
  let arrive = (): void => {};
  const arrived = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  await alice.page.route("**/frontend-*.wasm", async (route) => {
    await arrived;
    await route.continue();
  });
  await alice.page.goto(room, { waitUntil: "commit" });
  await expect.poll(() => sockets.length).toBe(1);
  arrive();
  await alice.room.join("Alice");
  expect(sockets, "no second one was needed").toHaveLength(1);
});
