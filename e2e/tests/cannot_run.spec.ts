/** What is seen before the program is here, and where it never will be. */
import { expect, test } from "../fixtures/call.ts";

const CANNOT = "This browser cannot run Tincan";

for (const lacking of ["WebAssembly", "RTCPeerConnection"] as const) {
  test(`a browser without ${lacking} is told at once`, async ({ browserFor, server }) => {
    const context = await (await browserFor("Alice", "own")).newContext();
    await context.addInitScript((name) => Object.defineProperty(window, name, { value: undefined, writable: true }), lacking);
    const page = await context.newPage();
    await page.goto(server.url);
    // Sooner than the sentence about a slow network would come.
    await expect(page.getByText(CANNOT)).toBeVisible({ timeout: 4_000 });
    await expect(page.getByText(/Still loading/)).toBeHidden();
    await expect(page.getByRole("button", { name: /^New call/ })).toHaveCount(0);
    await context.close();
  });
}

test("while the program is on its way the page shows its frame, and the program takes its place", async ({
  person,
  server,
}) => {
  const { page } = await person("Alice");
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route(/\.wasm$/, async (route) => {
    await held;
    await route.continue();
  });
  await page.goto(server.url, { waitUntil: "commit" });
  await expect(page.locator("#skeleton .brand")).toBeVisible();
  await expect(page.getByText(CANNOT)).toBeHidden();
  await expect(page.getByText(/Still loading/)).toBeVisible();
  release();
  await expect(page.getByRole("button", { name: /^New call/ })).toBeVisible();
  await expect(page.locator("#skeleton")).toHaveCount(0);
});

test("without scripts a sentence says what is needed", async ({ browserFor, server }) => {
  const context = await (await browserFor("Alice", "own")).newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(server.url);
  await expect(page.getByText(/needs JavaScript/)).toBeVisible();
  await context.close();
});

test("nothing jumps while home and lobby load", async ({ person, server, room: link }) => {
  const { page, home, room } = await person("Alice", { scripts: [noteShifts] });
  for (const [address, there] of [
    [server.url, home.newCall],
    [link, room.joinCall],
  ] as const) {
    await page.goto(address);
    await expect(there).toBeVisible();
    // The lobby is at rest once the code of the call has come.
    if (address === link) await expect(room.preview).toHaveJSProperty("paused", false);
    const shifts = await page.evaluate(() => window.tincanShifts ?? []);
    const sum = shifts.reduce((all, { value }) => all + value, 0);
    expect(sum, JSON.stringify(shifts)).toBeLessThan(0.01);
  }
});

declare global {
  interface Window {
    /** What moved on the page without having been asked to, as a share of the screen. */
    tincanShifts?: { value: number; what: string }[];
  }
}

/** Before the page's own scripts. */
function noteShifts(): void {
  interface Shift extends PerformanceEntry {
    value: number;
    hadRecentInput: boolean;
    sources: readonly { node: Node | null }[];
  }
  const shifts: { value: number; what: string }[] = [];
  window.tincanShifts = shifts;
  new PerformanceObserver((list) => {
    for (const { value, hadRecentInput, sources } of list.getEntries() as Shift[]) {
      const what = sources.map(({ node }) => (node instanceof Element ? node.className : "text")).join(", ");
      if (!hadRecentInput) shifts.push({ value, what });
    }
  }).observe({ type: "layout-shift", buffered: true });
}
