/** A cable between browsers and the server that a test can pull. It carries TCP only. */
import { once } from "node:events";
import { type Server as Listener, type Socket, connect, createServer } from "node:net";
import type { Server } from "./server.ts";

export class Cable {
  private readonly sockets = new Set<Socket>();
  private plugged = true;

  private constructor(
    private readonly listener: Listener,
    readonly url: string,
  ) {}

  /** Lays a cable to the server, with an address of its own. */
  static async to(server: Server): Promise<Cable> {
    const listener = createServer();
    listener.listen(0, "127.0.0.1");
    await once(listener, "listening");
    const address = listener.address();
    if (address === null || typeof address === "string") throw new Error("no port is free");
    const cable = new Cable(listener, `http://localhost:${address.port}`);
    listener.on("connection", (near) => cable.join(near, server.port));
    return cable;
  }

  /** Cuts whatever goes through it; what comes after finds it plugged in again. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  /** Pulls it out: everything is cut, and nothing gets through until it is plugged in. */
  pull(): void {
    this.plugged = false;
    this.cut();
  }

  /** Puts it back. */
  plug(): void {
    this.plugged = true;
  }

  /** Takes it away for good. */
  remove(): void {
    this.listener.close();
    this.cut();
  }

  private join(near: Socket, port: number): void {
    if (!this.plugged) {
      near.destroy();
      return;
    }
    const far = connect(port, "127.0.0.1");
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.sockets.add(one);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        this.sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  }
}
