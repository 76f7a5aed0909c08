/**
 * The server of the leanest page: the page, a WebSocket that passes on what it is told to everybody
 * else under the same path, and STUN on the same port. `node server.js ADDRESS PORT`.
 */
import { createHash } from "node:crypto";
import { createSocket } from "node:dgram";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { argv } from "node:process";

const [address, port] = [argv[2], Number(argv[3])];
const page = readFileSync(join(import.meta.dirname, "page.html"));
const rooms = new Map();

const http = createServer((_request, response) => {
  response.setHeader("content-type", "text/html").end(page);
});

http.on("upgrade", (request, socket) => {
  const accept = createHash("sha1").update(`${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`);
  socket.write(
    "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n" +
      `sec-websocket-accept: ${accept.digest("base64")}\r\n\r\n`,
  );
  socket.setNoDelay(true);
  let joined = false;
  const room = rooms.get(request.url) ?? new Set();
  rooms.set(request.url, room);
  socket.on("close", () => room.delete(socket));
  socket.on("error", () => room.delete(socket));
  eachText(socket, (text) => {
    if (!joined && JSON.parse(text).join) {
      joined = true;
      write(socket, JSON.stringify({ others: room.size }));
      room.add(socket);
    } else {
      for (const other of room) if (other !== socket) write(other, text);
    }
  });
});

/** Reads text frames (RFC 6455, section 5.2); the page sends no others but the one that closes. */
function eachText(socket, use) {
  let rest = Buffer.alloc(0);
  socket.on("data", (data) => {
    rest = Buffer.concat([rest, data]);
    for (;;) {
      if (rest.length < 2) return;
      const short = rest[1] & 0x7f;
      const head = short === 126 ? 4 : 2;
      if (rest.length < head + 4) return;
      const length = short === 126 ? rest.readUInt16BE(2) : short;
      const end = head + 4 + length;
      if (rest.length < end) return;
      const mask = rest.subarray(head, head + 4);
      const text = rest.subarray(head + 4, end).map((byte, at) => byte ^ mask[at & 3]);
      if ((rest[0] & 0x0f) === 8) socket.end();
      else use(text.toString());
      rest = rest.subarray(end);
    }
  });
}

function write(socket, text) {
  const length = Buffer.byteLength(text);
  const head = length < 126 ? Buffer.from([0x81, length]) : Buffer.from([0x81, 126, length >> 8, length & 0xff]);
  socket.write(Buffer.concat([head, Buffer.from(text)]));
}

/** Answers a STUN Binding with the XOR-MAPPED-ADDRESS (RFC 8489, section 14.2) over IPv4. */
const stun = createSocket("udp4");
stun.on("message", (request, { address, port }) => {
  if (request.length < 20 || request.readUInt16BE(0) !== 1) return;
  const answer = Buffer.alloc(32);
  answer.writeUInt16BE(0x0101, 0);
  answer.writeUInt16BE(12, 2);
  request.copy(answer, 4, 4, 20);
  answer.writeUInt16BE(0x0020, 20);
  answer.writeUInt16BE(8, 22);
  answer.writeUInt16BE(1, 24);
  answer.writeUInt16BE(port ^ 0x2112, 26);
  address.split(".").forEach((byte, at) => answer.writeUInt8(Number(byte) ^ answer[4 + at], 28 + at));
  stun.send(answer, port, address);
});

stun.bind(port, address);
http.listen(port, address, () => console.log("ready"));
