/** A reverse proxy before the server, which says where somebody comes from. */
import { once } from "node:events";
import { type IncomingMessage, createServer, request } from "node:http";
import type { Socket } from "node:net";
import type { Server } from "./server.ts";

export interface ReverseProxy {
  /** Where browsers find it. */
  url: string;
  stop(): void;
}

/** Starts one that tells `server` that everybody comes from `address`, pages and sockets alike. */
export async function reverseProxy(server: Server, address: string): Promise<ReverseProxy> {
  const open = new Set<Socket>();
  const pass = ({ method, url, headers }: IncomingMessage) =>
    request({
      host: "127.0.0.1",
      port: server.port,
      method,
      path: url,
      headers: { ...headers, "x-forwarded-for": address },
    });
  const proxy = createServer((asked, answer) => {
    const passed = pass(asked);
    passed.on("response", (said) => {
      answer.writeHead(said.statusCode ?? 502, said.headers);
      said.pipe(answer);
    });
    passed.on("error", () => answer.destroy());
    asked.pipe(passed);
  });
  proxy.on("connection", (socket: Socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
  });
  proxy.on("upgrade", (asked: IncomingMessage, socket: Socket) => {
    const passed = pass(asked);
    passed.on("upgrade", (said, behind, first) => {
      const lines = said.rawHeaders.flatMap((text, at) => (at % 2 === 0 ? [`${text}: ${said.rawHeaders[at + 1]}`] : []));
      socket.write(["HTTP/1.1 101 Switching Protocols", ...lines, "", ""].join("\r\n"));
      socket.write(first);
      for (const [one, other] of [[socket, behind], [behind, socket]] as const) {
        one.pipe(other);
        one.on("error", () => other.destroy());
        one.on("close", () => other.destroy());
      }
    });
    passed.on("response", () => socket.destroy());
    passed.on("error", () => socket.destroy());
    passed.end();
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const at = proxy.address();
  if (at === null || typeof at === "string") throw new Error("the proxy has no port");
  return {
    url: `http://localhost:${at.port}`,
    stop: () => {
      proxy.close();
      for (const socket of open) socket.destroy();
    },
  };
}
