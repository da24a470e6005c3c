#!/usr/bin/env python3
"""A client of port 9999 that needs nothing but Python itself.

Shows the token, prints how many calls go on, and then every event that is told:

    python3 watch.py 127.0.0.1:9999 "$(xswarm token)" [AFTER HOW MANY EVENTS TO END]
"""

import base64
import hashlib
import json
import os
import socket
import sys


class WebSocket:
    """As much of RFC 6455 as a client of this protocol needs."""

    def __init__(self, host: str, port: int) -> None:
        self.stream = socket.create_connection((host, port))
        self.unread = self.stream.makefile("rb")
        key = base64.b64encode(os.urandom(16)).decode()
        self.stream.sendall(
            f"GET / HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        status = self.unread.readline()
        headers = {}
        while line := self.unread.readline().strip():
            name, _, value = line.decode().partition(":")
            headers[name.lower()] = value.strip()
        accepted = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode())
        if headers.get("sec-websocket-accept") != base64.b64encode(accepted.digest()).decode():
            raise ConnectionError(f"no WebSocket is spoken here: {status!r}")

    def _send(self, opcode: int, payload: bytes) -> None:
        length = len(payload)
        if length < 126:
            head = bytes([0x80 | opcode, 0x80 | length])
        elif length < 65536:
            head = bytes([0x80 | opcode, 0x80 | 126]) + length.to_bytes(2, "big")
        else:
            head = bytes([0x80 | opcode, 0x80 | 127]) + length.to_bytes(8, "big")
        mask = os.urandom(4)
        self.stream.sendall(
            head + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))
        )

    def say(self, message: dict) -> None:
        self._send(0x1, json.dumps(message).encode())

    def _exactly(self, length: int) -> bytes:
        data = self.unread.read(length)
        if len(data) < length:
            raise ConnectionError("the connection has ended")
        return data

    def hear(self) -> dict:
        """The next message. This server never splits one into several frames."""
        while True:
            first, length = self._exactly(2)
            if length == 126:
                length = int.from_bytes(self._exactly(2), "big")
            elif length == 127:
                length = int.from_bytes(self._exactly(8), "big")
            payload = self._exactly(length)
            opcode = first & 0x0F
            if opcode == 0x1:
                return json.loads(payload)
            if opcode == 0x8:
                code = int.from_bytes(payload[:2], "big")
                raise ConnectionError(f"closed with code {code}: {payload[2:].decode()}")
            if opcode == 0x9:
                self._send(0xA, payload)

    def close(self) -> None:
        self._send(0x8, (1000).to_bytes(2, "big"))
        self.stream.close()


def main() -> None:
    host, _, port = sys.argv[1].rpartition(":")
    most = int(sys.argv[3]) if len(sys.argv) > 3 else None
    supervisor = WebSocket(host, int(port))
    supervisor.say({"type": "auth", "token": sys.argv[2]})
    if not supervisor.hear()["success"]:
        sys.exit("a wrong token")
    supervisor.say({"type": "subscribe", "kinds": ["calls", "speech", "words", "suggestions"]})
    supervisor.say({"type": "calls"})
    events = 0
    while most is None or events < most:
        message = supervisor.hear()
        if message["type"] == "calls":
            print(len(message["calls"]), "calls", flush=True)
        elif message["type"] != "subscribed":
            print(json.dumps(message), flush=True)
            events += 1
    supervisor.close()


if __name__ == "__main__":
    main()
