// WebSocket over node:http by hand, without a package: every frame goes to all sockets.

import { createHash } from "node:crypto";

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; // RFC 6455, section 1.3
const sockets = new Set();

export function upgrade(request, socket) {
  const key = request.headers["sec-websocket-key"] + GUID;
  const accept = createHash("sha1").update(key).digest("base64");
  socket.setNoDelay();
  socket.write(
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
      `Sec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  socket.write(frame(Buffer.from("{}")));
  sockets.add(socket);
  let received = Buffer.alloc(0);
  socket.on("data", (data) => {
    received = received.length ? Buffer.concat([received, data]) : data;
    received = relay(received);
  });
  const forget = () => sockets.delete(socket);
  socket.on("close", forget).on("error", forget);
}

// Sends on what is whole, and returns what is not.
function relay(data) {
  let at = 0;
  while (data.length - at >= 6) {
    let length = data[at + 1] & 0x7f;
    let start = at + 6;
    if (length === 126) {
      if (data.length - at < 8) break;
      length = data.readUInt16BE(at + 2);
      start = at + 8;
    }
    if (data.length - start < length) break;
    const payload = Buffer.from(data.subarray(start, start + length));
    for (let n = 0; n < length; n++) payload[n] ^= data[start - 4 + (n & 3)];
    if (data[at] === 0x81) {
      const sent = frame(payload);
      for (const each of sockets) each.write(sent);
    }
    at = start + length;
  }
  return data.subarray(at);
}

function frame(payload) {
  const { length } = payload;
  const head = length < 126 ? [0x81, length] : [0x81, 126, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(head), payload]);
}
