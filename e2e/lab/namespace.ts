/** Network namespaces: small networks of one's own inside this machine (Linux, as root). */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kill, pid, platform } from "node:process";

const PREFIX = "tincan-lab";

/** Where `ip` and `nft` are when only root's `PATH` looks there. */
const PATH = `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin`;

/** Why no namespaces can be made here, in a sentence; `undefined` where they can. */
export function whyNot(): string | undefined {
  if (platform !== "linux") return "network namespaces exist on Linux only";
  if (process.getuid?.() !== 0) return "making network namespaces takes root";
  try {
    const trial = new Namespace("trial");
    try {
      trial.run("ip link add here type veth peer name there && nft add table inet trial");
    } finally {
      trial.remove();
    }
    return undefined;
  } catch (error) {
    const said = error instanceof Error ? error.message.split("\n").slice(-2).join(" ") : String(error);
    return `network namespaces cannot be made here: ${said.trim()}`;
  }
}

/** Takes away what a run left behind that was killed before it could tidy up. */
export function removeAbandoned(): void {
  for (const { name } of listed()) {
    const owner = new RegExp(`^${PREFIX}-(\\d+)-`).exec(name)?.[1];
    if (owner !== undefined && !isAlive(Number(owner))) new Namespace(name, "existing").remove();
  }
}

export class Namespace {
  readonly name: string;
  private readonly folder = mkdtempSync(join(tmpdir(), `${PREFIX}-`));
  private gone = false;
  private readonly atExit = (): void => this.remove();

  /** Makes one whose loopback works; `role` is the last part of its name. */
  constructor(role: string, kind: "new" | "existing" = "new") {
    this.name = kind === "new" ? `${PREFIX}-${pid}-${role}` : role;
    if (kind === "existing") return;
    ip("netns", "add", this.name);
    process.once("exit", this.atExit);
    // Addresses are used at once, without asking first whether somebody has them.
    this.run(`
      ip link set lo up
      echo 0 > /proc/sys/net/ipv6/conf/all/accept_dad
      echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad
      echo 0 > /proc/sys/net/ipv6/conf/default/accept_ra`);
  }

  /** Runs lines of shell inside; the first that fails ends it with an error. Returns the output. */
  run(script: string): string {
    return execFileSync("ip", ["netns", "exec", this.name, "sh", "-eu"], {
      input: script,
      encoding: "utf8",
      env: { ...process.env, PATH },
      stdio: ["pipe", "pipe", "pipe"],
    });
  }

  /** Starts a program inside. */
  spawn(program: string, args: string[], stdio: "pipe" | "ignore" = "pipe"): ChildProcess {
    const options = { env: { ...process.env, PATH }, stdio: [stdio, "pipe", "pipe"] as ("pipe" | "ignore")[] };
    return spawn("ip", ["netns", "exec", this.name, program, ...args], options);
  }

  /** A program file that runs `program` inside; for those who take a path and start it themselves. */
  wrapper(program: string): string {
    const file = join(this.folder, "inside");
    writeFileSync(file, `#!/bin/sh\nPATH="$PATH:/usr/sbin:/sbin"\nexec ip netns exec ${this.name} "${program}" "$@"\n`, {
      mode: 0o755,
    });
    return file;
  }

  /** Ends what still runs inside, and takes it away. */
  remove(): void {
    if (this.gone) return;
    this.gone = true;
    process.removeListener("exit", this.atExit);
    for (const id of ip("netns", "pids", this.name).split("\n").filter(Boolean)) {
      try {
        kill(Number(id), "SIGKILL");
      } catch {
        // It ended by itself in the meantime.
      }
    }
    ip("netns", "delete", this.name);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Joins two namespaces by a wire, `one`'s end of it called `here` and `other`'s `there`. */
export function wire(one: Namespace, here: string, other: Namespace, there: string): void {
  ip("link", "add", here, "netns", one.name, "type", "veth", "peer", "name", there, "netns", other.name);
}

/** Moves an interface of this process's own namespace into another. */
export function move(device: string, into: Namespace, as: string): void {
  ip("link", "set", device, "netns", into.name, "name", as);
}

function ip(...args: string[]): string {
  return execFileSync("ip", args, {
    encoding: "utf8",
    env: { ...process.env, PATH },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

function listed(): { name: string }[] {
  try {
    return readdirSync("/run/netns").map((name) => ({ name }));
  } catch {
    return []; // Nobody has ever made one.
  }
}

function isAlive(process: number): boolean {
  try {
    kill(process, 0);
    return true;
  } catch {
    return false;
  }
}
