/** Inviting others: the link as a picture that a phone reads, by the system's sheet, by its name. */
import jsQR from "jsqr";
import type { Locator } from "@playwright/test";
import { expect, test } from "../fixtures/call.ts";

test("the picture of the link leads whoever reads it into the call", async ({ person, room }) => {
  const alice = await person("Alice");
  await alice.room.openLobby(room);
  await alice.room.join("Alice");
  await alice.room.button("Invite people").click();
  const dialog = alice.page.getByRole("dialog", { name: "Invite people" });
  const link = await dialog.getByRole("textbox", { name: "Call link" }).inputValue();
  expect(await read(dialog.getByRole("img", { name: "QR code of the call link" }))).toBe(link);
  await expect(dialog).toContainText("The part after # is the call’s key");
  await expect(dialog.getByRole("button", { name: "Share…" }), "this system has no sheet").toHaveCount(0);

  const bob = await person("Bob");
  await bob.room.openLobby(link);
  await bob.room.join("Bob");
  await alice.page.keyboard.press("Escape");
  await expect(alice.room.tile("Bob")).toBeVisible();
  // Nobody is alone any more; the way to invite more of them is at the top.
  await alice.room.button("Invite people").click();
  await expect(dialog).toBeVisible();
});

test("a call without a key is told by its name", async ({ person, server }) => {
  const alice = await person("Alice");
  await alice.room.openLobby(`${server.url}/r/team-tea`);
  await alice.room.join("Alice");
  await alice.room.button("Invite people").click();
  const dialog = alice.page.getByRole("dialog", { name: "Invite people" });
  await expect(dialog).toContainText("Or say its name: team-tea.");
});

test("a system that can share is handed the link", async ({ person, room }) => {
  const alice = await person("Alice");
  await alice.page.addInitScript(() => {
    navigator.share = (data) => {
      document.documentElement.dataset["shared"] = data?.url;
      return Promise.reject(new DOMException("closed", "AbortError"));
    };
  });
  await alice.room.openLobby(room);
  await alice.room.join("Alice");
  await alice.page.getByRole("button", { name: "Share…" }).click();
  await expect(alice.page.locator("html")).toHaveAttribute("data-shared", room);
});

/** What a reader makes of a picture on the page. */
async function read(picture: Locator): Promise<string | undefined> {
  const { pixels, side } = await picture.evaluate(async (svg) => {
    const side = 400;
    const copy = svg.cloneNode(true) as SVGElement;
    copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    copy.setAttribute("width", `${side}`);
    copy.setAttribute("height", `${side}`);
    const image = new Image();
    image.src = `data:image/svg+xml,${encodeURIComponent(copy.outerHTML)}`;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = side;
    const brush = canvas.getContext("2d");
    brush?.drawImage(image, 0, 0);
    return { pixels: Array.from(brush?.getImageData(0, 0, side, side).data ?? []), side };
  });
  return jsQR.default(Uint8ClampedArray.from(pixels), side, side)?.data;
}
