/** Servers in the laboratory or on this machine: Tincan's own, and those it is compared with. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { env, execPath } from "node:process";
import { SERVER } from "./laboratory.ts";
import type { Namespace } from "./namespace.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const TINCAN = env["TINCAN_SERVER"] ?? join(ROOT, "target", "release", "tincan");

/** How long a server may take until it answers, in milliseconds. */
const PATIENCE = 15_000;

/** A server that runs. */
export class Program {
  private said = "";

  private constructor(
    private readonly child: ChildProcess,
    private readonly what: string,
  ) {
    const keep = (text: unknown): void => {
      this.said = (this.said + String(text)).slice(-20_000);
    };
    child.stdout?.on("data", keep);
    child.stderr?.on("data", keep);
  }

  /** Starts one and waits until it answers at `port`. */
  static async start(where: Namespace | "here", program: string, args: string[], port: number): Promise<Program> {
    const child = where === "here" ? spawn(program, args) : where.spawn(program, args);
    const started = new Program(child, program);
    try {
      await started.answers(where, port);
    } catch (error) {
      await started.kill();
      throw error;
    }
    return started;
  }

  /** Tincan's server, with further options. */
  static async tincan(where: Namespace | "here", port: number, options: string[] = []): Promise<Program> {
    const listen = where === "here" ? `127.0.0.1:${port}` : `[::]:${port}`;
    return Program.start(where, TINCAN, ["--listen", listen, ...options], port);
  }

  /** The leanest page's, for comparison. */
  static async leanest(where: Namespace | "here", port: number): Promise<Program> {
    const address = where === "here" ? "127.0.0.1" : SERVER.ipv4;
    const script = join(ROOT, "e2e", "bench", "leanest", "server.js");
    return Program.start(where, execPath, [script, address, String(port)], port);
  }

  /** Ends it without a word, as a power cut would. */
  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, "exit");
    this.child.kill("SIGKILL");
    await gone;
  }

  /** Tries to connect until it is there. Done from where the server is: nothing else may reach it. */
  private async answers(where: Namespace | "here", port: number): Promise<void> {
    const address = where === "here" ? "127.0.0.1" : SERVER.ipv4;
    const script = `
      const attempt = () => require("net").connect(${port}, "${address}")
        .on("connect", () => process.exit(0))
        .on("error", () => setTimeout(attempt, 20));
      attempt();
      setTimeout(() => process.exit(1), ${PATIENCE});`;
    const probe = where === "here" ? spawn(execPath, ["-e", script]) : where.spawn(execPath, ["-e", script]);
    const ended = once(this.child, "exit").then(() => [1]);
    const [code] = await Promise.race([once(probe, "exit"), ended]);
    probe.kill();
    if (code !== 0) throw new Error(`${this.what} does not answer; it said:\n${this.said}`);
  }
}
