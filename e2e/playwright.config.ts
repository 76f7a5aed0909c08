/**
 * How the browser tests run. Browsers and the server are started by `fixtures/call.ts`, since
 * every person in a call has a browser of their own.
 */
import { defineConfig } from "@playwright/test";

export default defineConfig({
  testDir: "tests",
  outputDir: "results",
  // Encoding and decoding pictures fills a small machine; calls side by side would only get slow.
  workers: 1,
  timeout: 120_000,
  expect: { timeout: 15_000 },
  forbidOnly: true,
  retries: 0,
  reporter: [["list"], ["./nat/table.ts"], ["./support/reporter.ts"]],
  projects: [
    { name: "calls", testIgnore: "screenshots.spec.ts" },
    // Calls between homes of network namespaces; left out, with the reason, where none can be made.
    { name: "laboratory", testDir: ".", testMatch: ["lab/*.spec.ts", "nat/*.spec.ts"] },
    // Writes pictures instead of checking something; run by `cargo xtask e2e screenshots`.
    { name: "screenshots", testMatch: "screenshots.spec.ts", timeout: 300_000 },
  ],
});
