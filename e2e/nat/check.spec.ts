/** The network check in homes behind boxes of each kind: which ways it finds, and what it says of the box. */
import { type Locator, expect, test } from "@playwright/test";
import { TINCAN } from "../bench/site.ts";
import { Laboratory, SERVER } from "../lab/laboratory.ts";
import type { Shape } from "../lab/link.ts";
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
  const wire = { delay: 20 };
  await checked({ kind: "port-restricted", uplink: wire }, async (dialog, pressed, home) => {
    // Once packets come, so that nothing of the five seconds goes into finding each other.
    await expect(row(dialog, "Uplink through the relay")).toHaveText(/\d/, DONE);
    home.uplink?.become({ ...wire, loss: 5 });
    await expect(dialog.getByRole("status")).toContainText("much is lost on the way", DONE);
    // What it promises, and the time that a loaded machine takes to say so.
    expect(Date.now() - pressed).toBeLessThan(7_000);
    const lost = Number.parseFloat(await row(dialog, "Lost on the way").innerText());
    // Five of a hundred each way, and what SCTP gives up for being late.
    expect(lost).toBeGreaterThan(5);
    expect(lost).toBeLessThan(40);
  });
});

for (const { kind, address, sentence } of EXPECTED) {
  test(`the network check behind a box that is ${kind}`, async () => {
    await checked({ kind, options: ["--stun-listen", "[::]:3478"] }, async (dialog) => {
      await expect(dialog.getByRole("status")).toHaveText(sentence, DONE);
      if (address === undefined) await expect(row(dialog, "Your address")).toHaveCount(0);
      else await expect(row(dialog, "Your address")).toHaveText(address);
    });
  });
}

interface Home {
  kind: Kind;
  uplink?: Shape;
  /** Of the server. */
  options?: string[];
}

/** Has somebody in such a home check their network; `look` is given the dialog, when it was opened, and the home. */
async function checked(
  { kind, uplink, options = [] }: Home,
  look: (dialog: Locator, pressed: number, home: Laboratory["homes"][0]) => Promise<void>,
): Promise<void> {
  const wire = uplink === undefined ? {} : { uplink };
  const laboratory = await Laboratory.build({ homes: [kind, "public"], ...wire });
  let alice: Somebody | undefined;
  try {
    await Program.tincan(laboratory.server, PORT, ["--external-ip", SERVER.ipv4, ...options]);
    alice = await Somebody.at(laboratory.homes[0].computer, "Alice", { origins: [ORIGIN] });
    const { page } = await alice.open(TINCAN.newCall(ORIGIN), { button: "Join call", after: null });
    await page.getByRole("button", { name: /^Check my network/ }).click();
    await look(page.getByRole("dialog"), Date.now(), laboratory.homes[0]);
  } finally {
    await alice?.leave();
    laboratory.remove();
  }
}

/** What the dialog says of something. */
function row(dialog: Locator, name: string): Locator {
  return dialog.getByRole("row", { name }).getByRole("cell").last();
}
