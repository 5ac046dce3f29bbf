# SPDX-License-Identifier: MIT
"""The other side of the wire: answers what arrives and keeps a log of it, as the peer sees it."""
import os
import select
import selectors
import socket
import struct
import threading

from net import setns

HOSTS = ("198.51.100.9", "203.0.113.9", "2001:db8::9", "2001:db8:1::9", "fe80::9")
UDP_PORTS = (53, 3478, 4000, 5060, 5070, 5080, 5090)
QUIET_PORT = 5080  # keeps what comes for the victim to look at (steer/talk.h), and answers nothing
CONTROL = ("198.51.100.9", 4999)  # takes commands, in no log
TCP_PORTS = (80, 443, 5060, 5061, 5070, 5080, 5432)
TCP_PORT_VD = 5091  # heard on the second interface only
CHOSEN_PORTS = 32768


def text(address, exact=False):
    host, port = address[0].split("%")[0], address[1]
    if port >= CHOSEN_PORTS and not exact:
        port = "*"
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def what(data):
    """A short name of a payload: its first word, or its bytes."""
    if not data:
        return "nothing"
    word = data.split(b" ")[0].split(b"\r")[0]
    if len(word) > 1 and all(32 < c < 127 for c in word):
        return word.decode()
    return f"{len(data)} bytes {data[:4].hex()}"


class Connection:
    def __init__(self, sock, source, here):
        self.sock, self.source, self.here, self.first = sock, source, here, b""

    def line(self):
        return f"peer: tcp {text(self.source)} > {text(self.here)}: {what(self.first)}"


class Peer(threading.Thread):
    def __init__(self, net):
        super().__init__(daemon=True)
        self.net = net
        self.selector = selectors.DefaultSelector()
        self.log = []
        self.sockets, self.kept = {}, {}
        self.wake_in, self.wake = os.pipe()
        self.asked, self.answered = threading.Semaphore(0), threading.Semaphore(0)
        self.ready = threading.Event()
        self.taken = []
        self.start()
        if not self.ready.wait(100):
            raise RuntimeError("the peer did not start")

    def take(self):
        """Ends all connections and returns the log lines since the last time."""
        os.write(self.wake, b"t")
        if not self.answered.acquire(timeout=100):
            raise RuntimeError("the peer hangs")
        return self.taken

    def run(self):
        setns(self.net.peer_fd)
        for host in HOSTS:
            for port in UDP_PORTS:
                self._listen(host, port, socket.SOCK_DGRAM)
            for port in TCP_PORTS + (TCP_PORT_VD,):
                self._listen(host, port, socket.SOCK_STREAM)
        control = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        control.bind(CONTROL)
        self.selector.register(control, selectors.EVENT_READ, self._control)
        self.selector.register(self.wake_in, selectors.EVENT_READ, None)
        self.ready.set()
        while True:
            woken = self._serve(None)
            if woken:
                os.read(self.wake_in, 1)
                self._settle()

    def _listen(self, host, port, kind):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        sock = socket.socket(family, kind)
        sock.setsockopt(socket.SOL_SOCKET, 33, 16 << 20)  # SO_RCVBUFFORCE: no victim is too fast
        if kind == socket.SOCK_DGRAM and family == socket.AF_INET:
            sock.setsockopt(socket.IPPROTO_IP, 8, 1)  # IP_PKTINFO
            sock.setsockopt(socket.IPPROTO_IP, 13, 1)  # IP_RECVTOS
        elif kind == socket.SOCK_DGRAM:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVTCLASS, 1)
        if port == TCP_PORT_VD:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"vd")
        if host.startswith("fe80"):
            sock.bind((host, port, 0, socket.if_nametoindex("vb")))
        else:
            sock.bind((host, port))
        if kind == socket.SOCK_STREAM:
            sock.listen(64)
        else:
            self.sockets[host, port] = sock
        sock.setblocking(False)
        serve = self._datagram if kind == socket.SOCK_DGRAM else self._accept
        self.selector.register(sock, selectors.EVENT_READ, serve)

    def _serve(self, timeout):
        woken = False
        for key, _ in self.selector.select(timeout):
            if key.data is None:
                woken = True
            elif isinstance(key.data, Connection):
                self._stream(key.data)
            else:
                key.data(key.fileobj)
        return woken

    def _settle(self):
        while [k for k, _ in self.selector.select(0) if k.data is not None]:
            self._serve(0)
        for key in list(self.selector.get_map().values()):
            if isinstance(key.data, Connection):
                self._end(key.data)
        self.taken = [e.line() if isinstance(e, Connection) else e for e in self.log]
        self.log, self.kept = [], {}
        self.answered.release()

    def _control(self, control):
        """SEND HERE PORT THERE PORT, a line end, a message: sends it. TAKE HERE PORT: the oldest
        message that came to a quiet port, behind a line with its source."""
        data, asker = control.recvfrom(65536)
        line, _, message = data.partition(b"\n")
        word, *rest = line.decode().split()
        here = rest[0], int(rest[1])
        if word == "SEND":
            self.sockets[here].sendto(message, (rest[2], int(rest[3])))
            control.sendto(b"sent", asker)
            return
        if not self.kept.get(here) and select.select([self.sockets[here]], [], [], 1)[0]:
            self._datagram(self.sockets[here])
        control.sendto(self.kept[here].pop(0) if self.kept.get(here) else b"", asker)

    def _datagram(self, sock):
        try:
            data, control, _, source = sock.recvmsg(65536, 512)
        except OSError:
            return
        extra = ""
        for level, kind, value in control:
            if (level, kind) in ((socket.IPPROTO_IP, 8), (socket.IPPROTO_IPV6, 50)):
                index = struct.unpack("=I", value[:4] if level == 0 else value[16:20])[0]
                if socket.if_indextoname(index) != "vb":
                    extra += " via " + socket.if_indextoname(index)
            elif (level, kind) in ((socket.IPPROTO_IP, 1), (socket.IPPROTO_IPV6, 67)) and value[0]:
                extra += f" tos {value[0]:#x}"
        here = text(sock.getsockname())
        self.log.append(f"peer: udp {text(source)} > {here}{extra}: {what(data)}")
        if sock.getsockname()[1] == QUIET_PORT:
            self.kept.setdefault(sock.getsockname()[:2], []).append(
                text(source).encode() + b"\n" + data)
        elif not data.startswith(b"SIP/2.0"):
            try:
                sock.sendto(self._answer(data, source), source)
            except OSError as e:
                self.log.append(f"peer: no way back to {text(source)}: {e.strerror}")

    def _accept(self, sock):
        try:
            conn, source = sock.accept()
        except OSError:
            return
        conn.setblocking(False)
        entry = Connection(conn, source, conn.getsockname())
        self.log.append(entry)
        self.selector.register(conn, selectors.EVENT_READ, entry)

    def _stream(self, entry):
        try:
            data = entry.sock.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._end(entry)
            return
        entry.first = entry.first or data
        try:
            entry.sock.send(self._answer(data, entry.source))
        except OSError:
            pass

    def _end(self, entry):
        self.selector.unregister(entry.sock)
        entry.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        entry.sock.close()  # by RST: its port pair is free at once

    @staticmethod
    def _answer(data, source):
        seen = b"Seen: " + text(source, exact=True).encode()
        if b" SIP/2.0" not in data[:200]:
            return seen
        return b"SIP/2.0 200 OK\r\n" + seen + b"\r\nContent-Length: 0\r\n\r\n"
