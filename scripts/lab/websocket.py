# SPDX-License-Identifier: MIT
"""The strict user agent as a WebSocket client (RFC 6455, RFC 7118): a message a frame, masked; what comes
masked, fragmented or with RSV bits is an error of the test."""

import base64
import os
import ssl
import struct

from .message import Message, ParseError, format_hostport
from .transport import Connection, Packet
from .ua import UA

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


def frame(payload, opcode=TEXT):
    n, key = len(payload), os.urandom(4)
    head = (struct.pack("!BB", 128 | opcode, 128 | n) if n < 126
            else struct.pack("!BBH", 128 | opcode, 254, n) if n < 65536
            else struct.pack("!BBQ", 128 | opcode, 255, n))
    return head + key + bytes(b ^ key[i & 3] for i, b in enumerate(payload))


def unframe(buffer):
    """(opcode, payload) of the first frame, which is taken out; None: it is not all there."""
    if len(buffer) < 2:
        return None
    first, n, at = buffer[0], buffer[1], 2
    if first & 0x70 or not first & 0x80 or n & 128:
        raise ParseError("no whole unmasked frame: %02x %02x" % (first, n))
    if n > 125:
        size = 8 if n == 127 else 2
        if len(buffer) < 2 + size:
            return None
        n, at = int.from_bytes(buffer[2:2 + size], "big"), 2 + size
    if len(buffer) < at + n:
        return None
    payload = bytes(buffer[at:at + n])
    del buffer[:at + n]
    return first & 15, payload


class WebSocket(Connection):
    def __init__(self, sock, transport, outgoing):
        super().__init__(sock, transport, outgoing)
        self.pings = 0

    def send(self, data, opcode=TEXT):
        super().send(frame(data, opcode))


class WebSocketUA(UA):
    """Its one connection comes from its own port, which its Contact names. secure: it is above TLS, and only
    Via says so (RFC 7118 5): URIs have transport=ws even so."""

    def __init__(self, *args, secure=False, **more):
        self.above = "wss" if secure else "ws"
        super().__init__(*args, **more)

    def port_of(self, transport):
        return self.port

    def contact(self, transport):
        return super().contact("ws")

    def add_via(self, request, target):
        super().add_via(request, (self.above,) + target[1:])

    def send(self, transport, *args, **more):
        return super().send(self.above, *args, **more)

    def _secured(self, sock):
        context = self._context(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context.wrap_socket(sock)

    def _connection(self, transport, host, port):
        for conn in self.connections:
            if conn.open and conn.transport == transport and conn.remote == (host, port):
                return conn
        sock = self.make_socket(self.family, 1)
        try:
            sock.settimeout(5)
            sock.bind((self.host, self.port_of(transport)))
            sock.connect((host, port))
            if transport == "wss":
                sock = self._secured(sock)
            sock.sendall(("GET / HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          "Sec-WebSocket-Key: %s\r\nSec-WebSocket-Protocol: sip\r\n"
                          "Sec-WebSocket-Version: 13\r\n\r\n" % (
                              format_hostport(host, port),
                              base64.b64encode(os.urandom(16)).decode())).encode())
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                byte = sock.recv(1)
                if not byte:
                    raise OSError("no answer to the handshake: %r" % head)
                head += byte
            if not head.startswith(b"HTTP/1.1 101"):
                raise OSError("the answer to the handshake: %r" % head)
            sock.setblocking(False)
        except OSError:
            sock.close()
            raise
        conn = WebSocket(sock, transport, outgoing=True)
        self._add(conn)
        return conn

    def _take_messages(self, conn):
        if not isinstance(conn, WebSocket):
            super()._take_messages(conn)
            return
        packet = Packet(conn.transport, conn.local, conn.remote, conn)
        while conn.open:
            try:
                one = unframe(conn.buffer)
                if one is None:
                    return
                opcode, payload = one
                if opcode == PING:
                    conn.pings += 1
                    conn.send(payload, PONG)
                elif opcode == CLOSE:
                    self._drop_connection(conn)
                elif opcode <= 2 and payload.strip(b"\r\n"):
                    self.on_message(Message.parse(payload), packet)
            except ParseError as e:
                self.on_drop(str(e), packet, bytes(conn.buffer))
                self._drop_connection(conn)
