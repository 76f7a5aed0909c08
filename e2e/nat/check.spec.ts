/** The network check in homes behind boxes of each kind: which ways it finds, and what it says of the box. */
import { type Locator, expect, test } from "@playwright/test";
import { TINCAN } from "../bench/site.ts";
import { Laboratory, SERVER } from "../lab/laboratory.ts";
import { removeAbandoned, whyNot } from "../lab/namespace.ts";
import type { Kind } from "../lab/nat.ts";
import { Somebody } from "../lab/person.ts";
import { Program } from "../lab/program.ts";

const PORT = 443;
const ORIGIN = `http://${SERVER.ipv4}:${PORT}`;

/** The check takes five seconds. */
const DONE = { timeout: 20_000 };

const EXPECTED: readonly { kind: Kind; address: string | undefined; sentence: RegExp }[] = [
  { kind: "port-restricted", address: "Changed on the way, the same for everybody", sentence: /^Good for / },
  { kind: "symmetric", address: "Changed for each other; direct calls seldom work", sentence: /^Good for / },
  { kind: "UDP blocked", address: undefined, sentence: /through the relay over TCP/ },
];

const reason = whyNot();
test.skip(reason !== undefined, reason ?? "");
test.beforeAll(removeAbandoned);

test("the network check over a wire that loses packets says how many, in five seconds", async () => {
  const laboratory = await Laboratory.build({ homes: ["port-restricted", "public"], uplink: { delay: 20, loss: 10 } });
  let alice: Somebody | undefined;
  try {
    await Program.tincan(laboratory.server, PORT, ["--external-ip", SERVER.ipv4]);
    alice = await Somebody.at(laboratory.homes[0].computer, "Alice", { origins: [ORIGIN] });
    const { page } = await alice.open(TINCAN.newCall(ORIGIN), { button: "Join call", after: null });
    await page.getByRole("button", { name: /^Check my network/ }).click();
    const pressed = Date.now();
    const dialog = page.getByRole("dialog");
    await expect(dialog.getByRole("status")).toContainText("much is lost on the way", DONE);
    // What it promises, and the time that a loaded machine takes to say so.
    expect(Date.now() - pressed).toBeLessThan(7_000);
    const cell = dialog.getByRole("row", { name: "Lost on the way" }).getByRole("cell").last();
    const lost = Number.parseFloat(await cell.innerText());
    // Ten of a hundred each way.
    expect(lost).toBeGreaterThan(5);
    expect(lost).toBeLessThan(40);
  } finally {
    await alice?.leave();
    laboratory.remove();
  }
});

for (const { kind, address, sentence } of EXPECTED) {
  test(`the network check behind a box that is ${kind}`, async () => {
    const laboratory = await Laboratory.build({ homes: [kind, "public"] });
    let alice: Somebody | undefined;
    try {
      const second = ["--stun-listen", "[::]:3478"];
      await Program.tincan(laboratory.server, PORT, ["--external-ip", SERVER.ipv4, ...second]);
      alice = await Somebody.at(laboratory.homes[0].computer, "Alice", { origins: [ORIGIN] });
      const { page } = await alice.open(TINCAN.newCall(ORIGIN), { button: "Join call", after: null });
      await page.getByRole("button", { name: /^Check my network/ }).click();
      const dialog = page.getByRole("dialog");
      await expect(dialog.getByRole("status")).toHaveText(sentence, DONE);
      const row: Locator = dialog.getByRole("row", { name: "Your address" });
      if (address === undefined) await expect(row).toHaveCount(0);
      else await expect(row.getByRole("cell").last()).toHaveText(address);
    } finally {
      await alice?.leave();
      laboratory.remove();
    }
  });
}
