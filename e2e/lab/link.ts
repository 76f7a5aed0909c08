/** A long wire: the program of the folder `link`, for delay and loss. */
import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { env } from "node:process";
import { createInterface } from "node:readline";
import type { Namespace } from "./namespace.ts";

/** Where `cargo build --release -p lab-link` puts it. */
const PROGRAM = env["TINCAN_LAB_LINK"] ?? join(import.meta.dirname, "..", "..", "target", "release", "lab-link");

/** How a wire is; the same in both directions. */
export interface Shape {
  /** Milliseconds from end to end. */
  delay: number;
  /** Percent of the packets that are lost. */
  loss?: number;
}

export class Link {
  private constructor(private readonly program: ChildProcess) {}

  /** Lays a wire that begins in `one` as `here` and ends in `other` as `there`. */
  static async lay(one: Namespace, here: string, other: Namespace, there: string, shape: Shape): Promise<Link> {
    if (!existsSync(PROGRAM)) throw new Error(`${PROGRAM} is missing: run \`cargo build --release -p lab-link\``);
    const program = one.spawn(PROGRAM, [here, "far-end"]);
    const link = new Link(program);
    await link.isReady();
    one.run(`ip link set far-end netns ${other.name} name ${there}`);
    link.become(shape);
    return link;
  }

  /** Changes it from now on. */
  become({ delay, loss = 0 }: Shape): void {
    this.program.stdin?.write(`delay ${delay}\nloss ${loss}\n`);
  }

  /** Takes it away. */
  remove(): void {
    this.program.stdin?.end();
  }

  private async isReady(): Promise<void> {
    const { stdout, stderr } = this.program;
    if (stdout === null || stderr === null) throw new Error("the wire's output is a pipe");
    let complaint = "";
    stderr.on("data", (text) => (complaint += String(text)));
    for await (const line of createInterface(stdout)) if (line === "ready") return;
    throw new Error(`the wire cannot be laid: ${complaint.trim()}`);
  }
}
