# SPDX-License-Identifier: MIT
"""What really arrives at a peer: a packet socket in its namespace, without any library's help."""

import ipaddress
import socket
import struct
import time

ETH_P_ALL = 3
PACKET_OUTGOING = 4
SO_RCVBUFFORCE = 33
SYN, ACK = 2, 16


class Seen:
    """One UDP datagram, or one TCP segment that opens a connection or carries data."""

    device = None  # the interface by which it came

    def __init__(self, proto, src, dst, data, syn):
        self.proto, self.src, self.dst, self.data, self.syn = proto, src, dst, data, syn

    def __repr__(self):
        return "%s %s:%d -> %s:%d %r" % ((self.proto,) + self.src + self.dst + (self.data[:30],))


def dissect(packet):
    """A Seen of an IPv4 or IPv6 packet, or None."""
    version = packet[0] >> 4 if packet else 0
    if version == 4 and len(packet) >= 20:
        proto, at = packet[9], (packet[0] & 15) * 4
        src, dst = packet[12:16], packet[16:20]
        packet = packet[:struct.unpack("!H", packet[2:4])[0] or len(packet)]
    elif version == 6 and len(packet) >= 40:
        proto, at = packet[6], 40
        src, dst = packet[8:24], packet[24:40]
        packet = packet[:40 + struct.unpack("!H", packet[4:6])[0]]
    else:
        return None
    if proto not in (socket.IPPROTO_UDP, socket.IPPROTO_TCP) or len(packet) < at + 8:
        return None
    sport, dport = struct.unpack("!HH", packet[at:at + 4])
    ends = (str(ipaddress.ip_address(src)), sport), (str(ipaddress.ip_address(dst)), dport)
    if proto == socket.IPPROTO_UDP:
        return Seen("udp", *ends, packet[at + 8:], False)
    if len(packet) < at + 20:
        return None
    flags = packet[at + 13]
    data = packet[at + (packet[at + 12] >> 4) * 4:]
    syn = flags & (SYN | ACK) == SYN
    return Seen("tcp", *ends, data, syn) if syn or data else None


class Wire:
    """What has arrived in a namespace since this was made. The kernel keeps the packets until
    they are asked for, and a packet socket gets each before the program it is for: whoever has
    seen a message can find its packet here."""

    def __init__(self, ns):
        self._seen = []
        self._socket = ns.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
        self._socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 32 << 20)
        self._socket.setblocking(False)

    def _drain(self):
        while True:
            try:
                packet, where = self._socket.recvfrom(65535)
            except BlockingIOError:
                return
            if where[2] == PACKET_OUTGOING or where[0] == "lo":
                continue
            seen = dissect(packet)
            if seen:
                seen.device = where[0]
                self._seen.append(seen)

    def mark(self):
        """A point in time, for seen(after=...)."""
        self._drain()
        return len(self._seen)

    def seen(self, proto=None, dst=None, starts=b"", after=0):
        self._drain()
        return [s for s in self._seen[after:]
                if proto in (None, s.proto) and dst in (None, s.dst) and s.data.startswith(starts)]

    def sources(self, transport, dst, starts=b"", after=0, timeout=0):
        """Each (address, port), the first one first, that sent datagrams or segments with that
        beginning to dst, or opened connections to it; waits up to timeout for the first."""
        end = time.monotonic() + timeout
        while True:
            found = self.seen("udp" if transport == "udp" else "tcp", dst, b"", after)
            found = [s for s in found if s.syn or s.data.startswith(starts)]
            if found or time.monotonic() >= end:
                return list(dict.fromkeys(s.src for s in found))
            time.sleep(0.02)

    def close(self):
        self._socket.close()
