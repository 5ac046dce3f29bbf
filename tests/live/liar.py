# SPDX-License-Identifier: MIT
"""A DNS server that lies. The first label of the name that is asked says how:

silent, wrongid, wrongname, notresponse, empty, short, garbage, pointerloop, truncated (TC over UDP,
the truth over TCP), cutoff (TC over UDP, a connection that ends in the middle over TCP), slowtcp (TC,
then TCP silence), anyaddress, flood (100 false packets before the true one), endless (each name is an
alias of the next), circle1 and circle2 (aliases of each other), zerottl, big (thousands of records
over TCP), noaaaa (silent to that question), noedns (silent to questions with EDNS), notimp (NOTIMP to
these), honest."""

import socket
import struct
import threading
import time

A, CNAME, AAAA, SRV, NAPTR = 1, 5, 28, 33, 35
TRUTH = "192.0.2.77"


def encode(name):
    return b"".join(bytes([len(l)]) + l.encode() for l in name.split(".") if l) + b"\0"


def decode(packet):
    """(name, type) of a question."""
    labels, at = [], 12
    while packet[at]:
        labels.append(packet[at + 1:at + 1 + packet[at]].decode())
        at += 1 + packet[at]
    return ".".join(labels).lower(), struct.unpack(">H", packet[at + 1:at + 3])[0]


def record(owner, kind, data, ttl=1):
    return encode(owner) + struct.pack(">HHIH", kind, 1, ttl, len(data)) + data


def message(query, answers=(), flags=0x8580, name=None):
    asked, kind = decode(query)
    return (query[:2] + struct.pack(">HHHHH", flags, 1, len(answers), 0, 0) +
            encode(name or asked) + struct.pack(">HH", kind, 1) + b"".join(answers))


class Liar:
    def __init__(self, ns, host, port, truth=TRUTH):
        self.truth = socket.inet_aton(truth)
        self.udp = ns.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.tcp = ns.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.udp.bind((host, port))
        self.tcp.bind((host, port))
        self.tcp.listen(64)
        self.asked = []
        for serve in self._serve_udp, self._serve_tcp:
            threading.Thread(target=serve, daemon=True).start()

    def close(self):
        for s in self.udp, self.tcp:
            s.shutdown(socket.SHUT_RDWR) if s is self.tcp else None
            s.close()

    def _truth(self, query, ttl=1):
        name, kind = decode(query)
        if kind != A:
            return message(query)
        return message(query, [record(name, A, self.truth, ttl)])

    def _serve_udp(self):
        while True:
            try:
                query, peer = self.udp.recvfrom(4096)
            except OSError:
                return
            name, kind = decode(query)
            self.asked.append((name, kind))
            for packet in self._lies(query, name, kind):
                self.udp.sendto(packet, peer)

    def _lies(self, query, name, kind):
        how = name.split(".")[0].lstrip("_")
        if name.startswith("_"):
            how = name.split(".")[2]
        truth = self._truth(query)
        if how in ("truncated", "cutoff", "slowtcp", "big"):
            return [message(query, flags=0x8780)]
        if how == "silent":
            return []
        if how == "wrongid":
            return [bytes([truth[0] ^ 0xff]) + truth[1:]]
        if how == "wrongname":
            return [message(query, [record("evil.liar", A, socket.inet_aton("192.0.2.66"))],
                            name="evil.liar")]
        if how == "notresponse":
            return [query]
        if how == "empty":
            return [b""]
        if how == "short":
            return [truth[:9]]
        if how == "garbage":
            return [truth[:12] + bytes(range(256)) * 3]
        if how == "pointerloop":
            start = len(message(query))
            return [message(query, [struct.pack(">HHHIH", 0xc000 | start, kind, 1, 1, 4) + b"\1\2\3\4"])]
        if how == "anyaddress":
            bad = ("0.0.0.0", "255.255.255.255", "224.0.0.1")
            return [message(query, [record(name, A, socket.inet_aton(b)) for b in bad]
                            if kind == A else [])]
        if how == "flood":
            return [bytes([i]) * (20 + i) for i in range(100)] + [truth]
        if how.startswith("endless"):
            return [message(query, [record(name, CNAME, encode("endless%x.liar" % time.time_ns()))])]
        if how.startswith("circle"):
            other = "circle2.liar" if name.endswith("circle1.liar") else "circle1.liar"
            return [message(query, [record(name, CNAME, encode(other))])]
        if how == "noaaaa" and kind == AAAA:
            return []
        if how in ("noedns", "notimp") and query[11]:
            return [message(query, flags=0x8584)] if how == "notimp" else []
        if how == "zerottl":
            return [self._truth(query, 0)]
        return [truth]

    def _serve_tcp(self):
        while True:
            try:
                connection, _ = self.tcp.accept()
            except OSError:
                return
            threading.Thread(target=self._connection, args=(connection,), daemon=True).start()

    def _connection(self, connection):
        with connection:
            buffered = b""
            while True:
                try:
                    got = connection.recv(65536)
                except OSError:
                    return
                if not got:
                    return
                buffered += got
                while len(buffered) >= 2 and len(buffered) >= 2 + struct.unpack(">H", buffered[:2])[0]:
                    size = 2 + struct.unpack(">H", buffered[:2])[0]
                    query, buffered = buffered[2:size], buffered[size:]
                    if not self._answer_stream(connection, query):
                        return

    def _answer_stream(self, connection, query):
        name, kind = decode(query)
        how = name.split(".")[2] if name.startswith("_") else name.split(".")[0]
        packet = self._truth(query)
        if how == "big":
            answers = [record(name, A, self.truth)]
            answers += [record(name, A, bytes([10, i >> 8, i & 255, 1])) for i in range(2000)]
            packet = message(query, answers if kind == A else [])
        if how == "slowtcp":
            return True
        data = struct.pack(">H", len(packet)) + packet
        try:
            connection.sendall(data[:len(data) // 2] if how == "cutoff" else data)
        except OSError:
            return False
        return how != "cutoff"
