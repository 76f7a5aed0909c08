/** Garbage from anywhere harms neither the server nor the call that goes on. */
import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import { expect, test } from "../fixtures/call.ts";
import { expectMoving } from "../support/media.ts";
import type { Server } from "../support/server.ts";

/** Kilobytes the server may grow by over all of it. */
const GROWTH = 20_000;

test("a call goes on while garbage rains on every door", async ({ alice, bob, person, server }) => {
  await expectMoving(alice, "Bob");
  const before = server.residentKilobytes();
  const healthz = async (): Promise<number> => (await fetch(`${server.url}/healthz`)).status;

  await test.step("10,000 random datagrams", async () => {
    await throwDatagrams(server, 10_000);
    expect(await healthz()).toBe(200);
  });
  await test.step("random bytes and halves of requests over TCP", async () => {
    await throwStreams(server);
    expect(await healthz()).toBe(200);
  });
  await test.step("garbage over WebSockets", async () => {
    const mallory = await person("Mallory");
    await mallory.page.goto(server.url);
    for (const garbage of GARBAGE) {
      const closed = await mallory.page.evaluate(throwFrame, garbage);
      expect(closed, `after ${garbage.what} the socket is closed with a reason`).toBe(garbage.closes);
    }
    expect(await healthz()).toBe(200);
  });

  await expectMoving(alice, "Bob", 20);
  await expectMoving(bob, "Alice", 20);
  await expect(alice.room.tiles).toHaveCount(2);
  await bob.room.turn("off", "microphone");
  await expect(alice.room.tile("Bob").getByText("Microphone off")).toBeAttached();
  const after = server.residentKilobytes();
  if (before !== undefined && after !== undefined) expect(after - before).toBeLessThan(GROWTH);
});

interface Garbage {
  what: string;
  kind: "text" | "binary";
  /** Sent as it is, repeated. */
  text: string;
  times: number;
  /** Close code that the server answers with. */
  closes: number;
}

const GARBAGE: Garbage[] = [
  { what: "no JSON", kind: "text", text: "hello?", times: 1, closes: 4400 },
  { what: "an unknown message", kind: "text", text: '{"type":"open_sesame"}', times: 1, closes: 4400 },
  { what: "a wrong room", kind: "text", text: '{"type":"enter","version":1,"room":"NO"}', times: 1, closes: 4400 },
  { what: "a join before entering", kind: "text", text: '{"type":"join"}', times: 1, closes: 4400 },
  { what: "a deep nest", kind: "text", text: "[", times: 30_000, closes: 4400 },
  { what: "a frame of 1 MB", kind: "text", text: "x", times: 1_000_000, closes: 1009 },
  { what: "a binary frame", kind: "binary", text: "\u0000", times: 100, closes: 1003 },
];

/** Runs in a page: sends one frame and returns the code the socket is closed with. */
function throwFrame({ kind, text, times }: Garbage): Promise<number> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://${location.host}/ws`, "tincan.v1");
    const content = text.repeat(times);
    socket.onopen = () => socket.send(kind === "text" ? content : new TextEncoder().encode(content));
    socket.onclose = ({ code }) => resolve(code);
  });
}

async function throwDatagrams(server: Server, count: number): Promise<void> {
  const socket = createSocket("udp4");
  for (let sent = 0; sent < count; sent++) {
    const datagram = randomBytes(1 + (sent % 1_400));
    // Every other one looks like STUN at first sight (RFC 8489, section 5).
    if (sent % 2 === 0 && datagram.length >= 20) {
      datagram[0] = sent % 4;
      datagram.writeUInt16BE(datagram.length - 20, 2);
      datagram.writeUInt32BE(0x2112a442, 4);
    }
    await new Promise<void>((resolve) => socket.send(datagram, server.port, "127.0.0.1", () => resolve()));
  }
  socket.close();
}

async function throwStreams(server: Server): Promise<void> {
  const beginnings = [
    ...Array.from({ length: 40 }, () => randomBytes(2_000)),
    Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n"),
    Buffer.from(`GET / HTTP/1.1\r\nX: ${"x".repeat(200_000)}`),
    Buffer.from("\u0016\u0003\u0001\u0002\u0000\u0001", "latin1"),
    Buffer.from("GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"),
    Buffer.concat([Buffer.from([0, 1, 0xff, 0xff, 0x21, 0x12, 0xa4, 0x42]), randomBytes(70_000)]),
  ];
  await Promise.all(
    beginnings.map(async (bytes) => {
      const socket = connect(server.port, "127.0.0.1");
      socket.on("error", () => undefined);
      await once(socket, "connect").catch(() => undefined);
      await new Promise<void>((resolve) => socket.write(bytes, () => resolve()));
      socket.destroy();
    }),
  );
}
