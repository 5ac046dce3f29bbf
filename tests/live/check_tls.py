# SPDX-License-Identifier: MIT
"""Whole calls over TLS through a Kamailio that knows nothing of the member: inside of TLS the headers
agree with the socket too, and both user agents send only where these say."""

import socket
import ssl
import subprocess

from check_dialogs_streams import Dialogs, check_lost, check_pair
from check_status import Status, members, metrics
from checks import expect, expect_equal, group
from lab import bonds
from lab.kamailio import Kamailio
from lab.message import format_hostport
from lab.network import FIRST, SECOND, Lab, address, wait_until

PORT = 5066
TLS_PORT = 5067


def port_of(transport):
    return TLS_PORT if transport == "tls" else PORT


def member(side, family, transport):
    return address(side, family, SECOND), port_of(transport)


def texts(form):
    return "\n".join(form % (t, format_hostport(*member(s, f, t)))
                     for s in "AB" for t in ("udp", "tcp", "tls") for f in (4, 6)) + "\n"


def ini(transports, extra=""):
    """transports: side -> what a connection to a peer's port speaks, where it is a connection."""
    lines = []
    for side in "AB":
        lines.append("[bond:%s]" % bonds.BOND_OF[side])
        lines += ["member = %s:%s" % (t, format_hostport(*member(side, f, t)))
                  for t in ("udp", "tcp", "tls") for f in (4, 6)]
        lines.append(bonds.route(side, "transport = " + transports[side]
                                 if transports[side] != "udp" else ""))
    return "\n".join(lines) + extra


class TlsDialogs(Dialogs):
    """The caller reaches the proxy by its first address of that side."""

    def __init__(self, *args, maximum=None, **more):
        super().__init__(*args, **more)
        self.alice.tls_maximum = self.bob.tls_maximum = maximum


def start(lab, name, near, far, here, there, mhomed=0, extra="", more_modules="", **more):
    text = ini({here: near, there: far}, extra)
    return Kamailio(lab, name, ini=lab.write(name + ".ini", text), mhomed=mhomed,
                    modules=texts("listen=%s:%s") + more_modules, **more)


VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


def expect_seen(ask, pid, seen, reason):
    """What status says of members of TLS, in its three forms, and that it says nothing of others."""
    told = members(ask.json(str(pid)))
    above = {name: m for name, m in told.items() if m["transport"] in ("tls", "wss")}
    expect_equal([(name, m["headers_seen"], m["headers_reason"]) for name, m in above.items()],
                 [(name, seen, reason) for name in above], "members of TLS")
    expect_equal([name for name, m in told.items() if "headers_seen" in m and m["transport"] in ("udp", "tcp")],
                 [], "others")
    word = {True: "seen", False: "not seen", None: "not known"}[seen]
    text = ask.status(str(pid))[1]
    expect_equal([line for line in text.splitlines() if ": headers are " in line and not line.startswith("  ws:")],
                 ["  %s: headers are %s: %s" % (t, word, reason)
                  for t in ("tls", "wss") if any(m["transport"] == t for m in above.values())], "text")
    values = metrics(ask.status("--prometheus", str(pid))[1])
    expect_equal([values.get('libbond_member_headers_seen{bond="%s",member="%s"}' % name) for name in above],
                 [None if seen is None else int(seen)] * len(above), "metric")


def matrix(t, rows):
    with Lab() as lab:
        for n, (mhomed, version, here, there, a, b, near, far) in enumerate(rows):
            host = start(lab, "kamailio-%d" % n, near, far, here, there, mhomed)
            what = "mhomed=%d, TLS %s, %s %s to %s %s, IPv%d to IPv%d" % (
                mhomed, version, near.upper(), here, far.upper(), there, a, b)
            with TlsDialogs(lab, here, a, there, b, near, far, maximum=VERSIONS[version]) as pair:
                check_pair(t, pair, what, *member(there, b, far), far, False)
                with t.check(what + ": status says that it is seen"):
                    expect_seen(Status(lab), host.main_pid(), True,
                                "libbond-tls.so is there, and the program's library is OpenSSL")
            host.stop()


@group(seconds=240)
def tls_dialogs(t):
    matrix(t, ((0, "1.3", "A", "B", 4, 4, "tls", "tls"), (0, "1.2", "B", "A", 4, 4, "tls", "tls"),
               (0, "1.2", "A", "B", 6, 6, "tls", "tls"), (0, "1.3", "B", "A", 6, 4, "tls", "tls")))


@group(seconds=240)
def tls_dialogs_mixed(t):
    matrix(t, ((0, "1.3", "A", "B", 4, 4, "udp", "tls"), (0, "1.3", "A", "B", 4, 4, "tls", "udp"),
               (0, "1.2", "A", "B", 4, 6, "tls", "tcp"), (0, "1.2", "B", "A", 4, 6, "tcp", "tls")))


@group(seconds=240)
def tls_dialogs_mhomed(t):
    matrix(t, ((1, "1.3", "A", "B", 4, 4, "tls", "tls"), (1, "1.2", "A", "B", 6, 4, "udp", "tls"),
               (1, "1.3", "B", "A", 4, 4, "tls", "tcp")))


@group(seconds=240)
def tls_dialogs_keep(t):
    """The counterpart: with the host's own headers the called party has no way back."""
    with Lab() as lab:
        host = start(lab, "kamailio", "tls", "tls", "A", "B", extra="[host]\nheaders = keep\n")
        with TlsDialogs(lab, "A", 4, "B", 4, "tls", "tls") as pair:
            check_lost(t, pair, "headers = keep: the called party's BYE goes nowhere")
            with t.check("headers = keep: status says that nothing is seen"):
                expect_seen(Status(lab), host.main_pid(), False, "headers = keep")
        host.stop()


class SplitHello:
    """A TLS client whose hello comes in records of so many bytes, in pieces of so many; 0: in one. before: what
    comes first."""

    def __init__(self, lab, to, size=0, piece=0, before=b""):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self.come, self.go = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.come, self.go)
        self.socket = lab.peer["A"].socket(socket.AF_INET, socket.SOCK_STREAM)
        self.socket.settimeout(10)
        self.socket.connect(to)
        try:
            self.tls.do_handshake()
        except ssl.SSLWantReadError:
            pass
        hello = self.go.read()
        head, text = hello[:3], hello[5:]
        parts = [text[at:at + (size or len(text))] for at in range(0, len(text), size or len(text))]
        whole = before + b"".join(head + len(part).to_bytes(2, "big") + part for part in parts)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(0, len(whole), piece or len(whole)):
            self.socket.sendall(whole[at:at + (piece or len(whole))])
        self._until(self.tls.do_handshake)

    def _until(self, what):
        while True:
            try:
                return what()
            except ssl.SSLWantReadError:
                self._flush()
                data = self.socket.recv(65535)
                if data:
                    self.come.write(data)
                else:
                    self.come.write_eof()
            finally:
                self._flush()

    def _flush(self):
        if self.go.pending:
            self.socket.sendall(self.go.read())

    def ask(self, text):
        """The first line of the answer; "" where the connection ends instead."""
        try:
            self.tls.write(text.encode())
            self._flush()
            return self._until(lambda: self.tls.read(65535)).decode().partition("\r\n")[0]
        except (ssl.SSLError, OSError) as e:
            if isinstance(e, TimeoutError):
                raise
            return ""
        finally:
            self.socket.close()


def options_by_tls(to):
    at = format_hostport(*to)
    return ("OPTIONS sip:here@%s;transport=tls SIP/2.0\r\nVia: SIP/2.0/TLS %s;branch=z9hG4bK-split\r\n"
            "X-Bond-In: external\r\nMax-Forwards: 5\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:here@%s>\r\n"
            "Call-ID: split\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n" % (at, at, at))


@group(seconds=60)
def tls_split_hello(t):
    """However a peer cuts its hello, the connection is known: nothing that hangs on that is lost, or let in."""
    with Lab() as lab:
        to = member("A", 4, "tls")
        for extra, what in (("", "no header"), ("[host]\nheader = X-Bond\n", "header")):
            host = start(lab, what.replace(" ", "-"), "tls", "tls", "A", "B", extra=extra)
            for record, piece in ((0, 0), (30, 0), (1, 0), (0, 1), (1, 1)):
                with t.check("%s: a hello in records of %s bytes, sent in pieces of %s, is answered"
                             % (what, record or "all", piece or "all")):
                    expect_equal(SplitHello(lab, to, record, piece).ask(options_by_tls(to)), "SIP/2.0 200 OK",
                                 "answer")
            with t.check("%s: all of them are seen" % what):
                counters = Status(lab).json(str(host.main_pid()))["counters"]
                expect_equal([counters[name] for name in ("tls_begun", "tls_seen", "tls_unknown", "shut")],
                             [5, 5, 0, 0], "begun, seen, unknown, shut")
            host.stop()


@group(seconds=60)
def tls_proxied(t):
    """Behind the line of a balancer, which Kamailio reads by itself, a connection is known as any other."""
    with Lab() as lab:
        to = member("A", 4, "tls")
        line = b"PROXY TCP4 192.0.2.7 %s 4000 5067\r\n" % to[0].encode()
        for extra, what in (("", "no header"), ("[host]\nheader = X-Bond\n", "header")):
            host = start(lab, what.replace(" ", "-"), "tls", "tls", "A", "B", extra=extra,
                         more_modules="tcp_accept_haproxy=yes\n")
            with t.check("%s: behind the line of a balancer it is answered" % what):
                expect_equal(SplitHello(lab, to, before=line).ask(options_by_tls(to)), "SIP/2.0 200 OK", "answer")
            with t.check("%s: and was seen" % what):
                counters = Status(lab).json(str(host.main_pid()))["counters"]
                expect_equal([counters["tls_seen"], counters["tls_unknown"], counters["shut"]], [1, 0, 0],
                             "seen, unknown, shut")
            host.stop()


@group(seconds=60)
def tls_counts(t):
    """Each member's connections, and how many of them are seen; those of other listeners are the host's."""
    with Lab() as lab:
        ask, to, name = Status(lab), member("A", 4, "tls"), "tls:%s" % format_hostport(*member("A", 4, "tls"))
        for wrap, seen, what in (((), 1, "with libbond-tls.so"), (bonds.without_tls(), 0, "without")):
            host = start(lab, "counts-%d" % seen, "tls", "tls", "A", "B", wrap=wrap)
            for place, count in ((to, 2), ((address("A", 4, FIRST), 5061), 1)):
                for _ in range(count):
                    expect_equal(SplitHello(lab, place).ask(options_by_tls(place)), "SIP/2.0 200 OK", "answer")
            told = ask.json(str(host.main_pid()))
            with t.check("%s: JSON" % what):
                expect_equal([(key, m["counts"]["tls_begun"], m["counts"]["tls_seen"])
                              for key, m in members(told).items() if m["counts"]["tls_begun"]],
                             [(("internal", name), 2, 2 * seen)], "members")
                expect_equal((told["counts"]["tls_begun"], told["counts"]["tls_seen"]), (3, 3 * seen), "the host")
            with t.check("%s: metrics" % what):
                values = metrics(ask.status("--prometheus", str(host.main_pid()))[1])
                expect_equal([values.get('libbond_member_%s_total{bond="internal",member="%s"}' % (x, name))
                              for x in ("tls_begun", "tls_seen")], [2, 2 * seen], "values")
            with t.check("%s: text" % what):
                text = ask.status(str(host.main_pid()))[1]
                expect("tls seen" in text if seen else "  tls" in text, text)
            host.stop()


SEEN_INI = """[bond:ext]
member = tls:127.0.0.1:5061
member = wss:127.0.0.1:5443
member = ws:127.0.0.1:5080
member = udp:127.0.0.1:5060
[route:carriers]
to = 198.51.100.0/24
bond = ext
[host]
secret = 0123456789abcdef0123456789abcdef
"""
IDLE = "print('ready', flush=True); import time; time.sleep(100)"
SECURE = """import socket, ssl
far, near = ssl.MemoryBIO(), ssl.MemoryBIO()
"""
ATTEMPT = """import socket, ssl, threading
heard = socket.create_server(("127.0.0.1", 5061))
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(%r, %r)
def serve():
    with context.wrap_socket(heard.accept()[0], server_side=True) as s:
        s.recv(100)
thread = threading.Thread(target=serve)
thread.start()
trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
with trust.wrap_socket(socket.create_connection(("127.0.0.1", 5061))) as s:
    s.send(b"OPTIONS")
thread.join()
"""
LOADS = "import ctypes; ctypes.CDLL(%r)\n"
ROOTED = "import os; os.chroot(%r)\n" + IDLE
NODE = "console.log('ready'); setTimeout(() => {}, 100000)"


def build(lab, name, options):
    """A shared object with a write of OpenSSL's inside and nothing else of it."""
    source = lab.write(name + ".c", "int SSL_write(void *s, const void *p, int n) { return s && p ? n : 0; }\n")
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", lab.path(name)] + options + [source], check=True)
    return lab.path(name)


@group(seconds=60)
def tls_seen(t):
    """What status can know of a host's TLS, by what it has loaded."""
    there = "libbond-tls.so is there, "
    with Lab() as lab:
        ask, ini_file = Status(lab), lab.write("bond.ini", SEEN_INI)
        python = ["/usr/bin/python3", "-c"]
        module = build(lab, "module.so", ["-Wl,-Bsymbolic"])
        gone = build(lab, "gone.so", ["-Wl,-Bsymbolic"])
        mute = build(lab, "libssl.so.1.0.0", ["-Wl,-soname,libssl.so.1.0.0"])
        secure = ATTEMPT % lab.certificate()
        rows = (("OpenSSL, after a connection", [], python + [secure + IDLE], True,
                 there + "and the program's library is OpenSSL"),
                ("OpenSSL, before any connection", [], python + [SECURE + IDLE], True,
                 there + "and the program's library is OpenSSL"),
                *((name, [], python + ["import ctypes; ctypes.CDLL(%r)\n" % library + IDLE], True,
                   there + "and the program's library is " + name)
                  for name, library in (("GnuTLS", "libgnutls.so.30"), ("wolfSSL", "libwolfssl.so.35"),
                                        ("mbed TLS", "libmbedtls.so.14"))),
                ("a module with TLS inside", [], python + [LOADS % module + IDLE], False,
                 "module.so (OpenSSL) has TLS of its own inside"),
                ("and OpenSSL beside it", [], python + [SECURE + LOADS % module + IDLE], None,
                 "what goes by OpenSSL is seen, but module.so (OpenSSL) has TLS of its own inside"),
                ("and OpenSSL alone, in another root", [], python + [SECURE + ROOTED % lab.path("")], True,
                 there + "and the program's library is OpenSSL"),
                ("a module whose file has gone", [],
                 python + [LOADS % gone + "import os; os.unlink(%r)\n" % gone + IDLE],
                 False, "gone.so (OpenSSL) has TLS of its own inside"),
                ("an OpenSSL that tells nothing", [], python + [LOADS % mute + IDLE], False,
                 "the program's OpenSSL does not tell which connection is which"),
                ("no library yet", [], python + [IDLE], None,
                 "libbond-tls.so is there, but no TLS library that it knows is loaded"),
                ("not preloaded", bonds.without_tls(), python + [secure + IDLE], False,
                 "libbond-tls.so was not preloaded"),
                ("TLS inside of the program", [], ["node", "-e", NODE], False,
                 "node (OpenSSL) has TLS of its own inside"))
        for n, (what, wrap, words, seen, reason) in enumerate(rows):
            log = "seen-%d.log" % n
            child = lab.start(lab.proxy, bonds.bondrun(ini_file) + wrap + words, log)
            wait_until(lambda log=log: "ready" in lab.read(log), 20, "start", child, lambda log=log: lab.read(log))
            with t.check(what):
                expect_seen(ask, child.pid, seen, reason)
                ws = members(ask.json(str(child.pid)))["ext", "ws:127.0.0.1:5080"]
                expect_equal((ws["headers_seen"], ws["headers_reason"]),
                             (True, "libbond.so reads the frames itself"), "WebSocket without TLS")
            child.kill()
            child.wait(10)
