/** How the benchmarks in browsers run: `cargo xtask bench join` and `cargo xtask bench recovery`. */
import { defineConfig } from "@playwright/test";

export default defineConfig({
  testDir: ".",
  testMatch: "*.bench.ts",
  outputDir: "../results",
  workers: 1,
  timeout: 30 * 60_000,
  forbidOnly: true,
  retries: 0,
  reporter: [["list"], ["../support/reporter.ts"]],
});
