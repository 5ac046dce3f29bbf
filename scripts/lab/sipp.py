# SPDX-License-Identifier: MIT
"""Calls between sipp and sipp. Debian's sipp has no TLS, so a called party that is reached by TLS
is a sipp behind a small TLS front on the same host."""

import os
import socket
import ssl
import subprocess
import threading

from .message import format_host, format_hostport
from .network import FIRST, PEER, address, wait_until

HERE = os.path.dirname(os.path.abspath(__file__))
PORT = {"udp": 5060, "tcp": 5060, "tls": 5061}  # of the called party
BEHIND_TLS = 5062


def listening(pid, transport, port):
    """Whether a socket of that kind and port is bound in the process's namespace."""
    kind = "udp" if transport == "udp" else "tcp"
    for name in (kind, kind + "6"):
        try:
            with open("/proc/%d/net/%s" % (pid, name)) as f:
                rows = f.read().splitlines()[1:]
        except OSError:
            continue
        for row in rows:
            cells = row.split()
            if int(cells[1].split(":")[1], 16) == port and (kind == "udp" or cells[3] == "0A"):
                return True
    return False


class TlsFront:
    """Ends TLS at (host, port) and passes the bytes to (host, behind) by TCP, in a namespace."""

    def __init__(self, ns, host, port, behind, certificate):
        self.ns, self.host, self.behind = ns, host, behind
        self.family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(*certificate)
        self.listener = ns.socket(self.family, socket.SOCK_STREAM)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind((host, port))
        self.listener.listen(8)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock):
        try:
            with sock, self.ns.socket(self.family, socket.SOCK_STREAM) as inner:
                sock.settimeout(10)
                inner.connect((self.host, self.behind))
                self._relay(self.context.wrap_socket(sock, server_side=True), inner)
        except OSError:
            pass  # the call fails, and its test says so

    @staticmethod
    def _relay(outer, inner):
        """One thread for both directions: OpenSSL's objects are not for two."""
        outer.settimeout(0.01)
        inner.settimeout(0.01)
        while True:
            for source, sink in ((outer, inner), (inner, outer)):
                try:
                    data = source.recv(65536)
                except TimeoutError:
                    continue
                if not data:
                    return
                sink.settimeout(5)
                sink.sendall(data)
                sink.settimeout(0.01)

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


class Called:
    """A sipp that takes one call in the peer of a side; its exit code tells whether it was whole
    (INVITE, ACK and BYE all arrived)."""

    _media = 6000

    def __init__(self, lab, side, family, transport, port=None, peer=PEER):
        self.lab, self.transport = lab, transport
        host = address(side, family, peer)
        self.place = host, port or PORT[transport]
        self.uri = "sip:called@%s;transport=%s" % (format_hostport(*self.place), transport)
        port = BEHIND_TLS if transport == "tls" else self.place[1]
        Called._media += 4
        ns = lab.peer[side]
        self.log = "called-%s%d-%s.log" % (side, family, transport)
        self.front = None
        if transport == "tls":
            self.front = TlsFront(ns, host, self.place[1], BEHIND_TLS, lab.certificate())
        self.child = lab.start(ns, [
            "sipp", "-sf", os.path.join(HERE, "uas.xml"), "-m", "1", "-nostdin", "-i", host,
            "-p", str(port), "-t", "u1" if transport == "udp" else "t1", "-key", "contact",
            self.uri, "-mp", str(Called._media), "-timeout", "30s", "-timeout_error"], self.log)
        wait_until(lambda: listening(self.child.pid, transport, port), 10, "listening sipp",
                   self.child, lambda: lab.read(self.log))

    def trouble(self, timeout=5):
        """What the call lacked, or None; to be asked once the caller is done."""
        try:
            code = self.child.wait(timeout)
        except subprocess.TimeoutExpired:
            return "called sipp still waits"
        return "called sipp: exit %d: %s" % (code, tail(self.lab.read(self.log))) if code else None

    def close(self):
        if self.child.poll() is None:
            self.child.kill()
            self.child.wait()
        if self.front:
            self.front.close()


def tail(text):
    """What sipp said last, without its screens of statistics."""
    return " ".join(x for x in text.splitlines()[-12:] if x and "---" not in x)[-400:]


def call(lab, uri, proxy, patience=4):
    """A sipp in peer A calls uri through proxy (address, port) by UDP: what the call lacked, or
    None. patience: seconds that it waits for each answer."""
    done = lab.peer["A"].run([
        "sipp", "-sf", os.path.join(HERE, "uac.xml"), "-m", "1", "-nostdin", "-nd",
        "-i", address("A", 6 if ":" in proxy[0] else 4, PEER), "-p", "5090", "-key", "dest", uri,
        "-recv_timeout", str(patience * 1000), "-timeout", "%ds" % (patience * 3),
        "-timeout_error", format_host(proxy[0]) + ":%d" % proxy[1]],
        timeout=patience * 3 + 20, cwd=lab.dir)
    if done.returncode:
        return "calling sipp: exit %d: %s" % (done.returncode, tail(done.stdout + done.stderr))
    return None


class Outcome:
    """sources: addresses and ports that a call came from, as the peer's wire saw; place: (address,
    port) called; trouble: what it lacked to be whole, INVITE to BYE, or None."""

    def __init__(self, sources, place, trouble):
        self.sources, self.place, self.trouble = sources, place, trouble
        self.hosts = {host for host, _ in sources}


def watched_call(lab, wires, side, family, transport, port=None, patience=4, peer=PEER, uri=None):
    """A call from A by UDP through the proxy to a peer of a side: its Outcome. uri: what is called,
    where that is not the peer's address."""
    mark = wires[side].mark()
    called = Called(lab, side, family, transport, port, peer)
    try:
        trouble = call(lab, uri or called.uri, (address("A", 4, FIRST), 5060), patience=patience)
        sources = wires[side].sources(transport, called.place, b"INVITE", mark, timeout=2)
        return Outcome(sources, called.place, trouble or called.trouble())
    finally:
        called.close()
