/** The server under test: the release binary, on a port of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { env, platform } from "node:process";

const ROOT = join(import.meta.dirname, "..", "..");

/** Where `cargo xtask build` puts it. */
export const BINARY = env["TINCAN_SERVER"] ?? join(ROOT, "target", "release", platform === "win32" ? "tincan.exe" : "tincan");

/** Characters of its log that are kept, the last ones. */
const LOG_KEPT = 20_000_000;

export class Server {
  readonly port: number;
  private process: ChildProcess;
  private log = "";

  private constructor(
    port: number,
    process: ChildProcess,
    private readonly options: readonly string[],
    private readonly variables: Record<string, string>,
  ) {
    this.port = port;
    this.process = process;
    this.keepLog();
  }

  /** Starts one, with further options and environment variables, and waits until it answers. */
  static async start(options: readonly string[] = [], variables: Record<string, string> = {}): Promise<Server> {
    if (!existsSync(BINARY)) throw new Error(`${BINARY} is missing: run \`cargo xtask build\``);
    const port = await freePort();
    const server = new Server(port, run(port, options, variables), options, variables);
    await server.answers();
    return server;
  }

  /** Where browsers find it. The name, so that they treat it as the secure context it is. */
  get url(): string {
    return `http://localhost:${this.port}`;
  }

  /** Its process, for looking at its memory. */
  get pid(): number {
    if (this.process.pid === undefined) throw new Error("the server does not run");
    return this.process.pid;
  }

  /** What it has logged. */
  get said(): string {
    return this.log;
  }

  /** Kilobytes of memory in use; `undefined` where the system does not tell. */
  residentKilobytes(): number | undefined {
    const status = `/proc/${this.pid}/status`;
    if (!existsSync(status)) return undefined;
    const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(status, "utf8"));
    return line === null ? undefined : Number(line[1]);
  }

  /** Ends it without a word, as a power cut would. */
  async kill(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const gone = once(this.process, "exit");
    this.process.kill("SIGKILL");
    await gone;
  }

  /** Starts it anew where it was. */
  async restart(): Promise<void> {
    await this.kill();
    this.process = run(this.port, this.options, this.variables);
    this.keepLog();
    await this.answers();
  }

  /** Asks it to stop and waits until it has. */
  async stop(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const gone = once(this.process, "exit");
    this.process.kill("SIGTERM");
    const late = setTimeout(() => this.process.kill("SIGKILL"), 10_000);
    await gone;
    clearTimeout(late);
  }

  private keepLog(): void {
    const keep = (text: Buffer): void => {
      this.log = (this.log + text.toString()).slice(-LOG_KEPT);
    };
    this.process.stdout?.on("data", keep);
    this.process.stderr?.on("data", keep);
  }

  private async answers(): Promise<void> {
    const end = Date.now() + 15_000;
    while (Date.now() < end) {
      if (this.process.exitCode !== null) break;
      const response = await fetch(`http://127.0.0.1:${this.port}/healthz`).catch(() => undefined);
      if (response?.ok === true) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`the server does not answer; it said:\n${this.log.slice(-20_000)}`);
  }
}

function run(port: number, options: readonly string[], variables: Record<string, string>): ChildProcess {
  return spawn(BINARY, ["--listen", `127.0.0.1:${port}`, ...options], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...env, ...variables },
  });
}

/** A port that nobody listened on a moment ago. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  if (address === null || typeof address === "string") throw new Error("no port is free");
  probe.close();
  await once(probe, "close");
  return address.port;
}
