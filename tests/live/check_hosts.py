# SPDX-License-Identifier: MIT
"""Other programs than Kamailio: from which address do they send, and do they get their answer?

The peer answers by RFC 3261 18.2.2 and RFC 3581 to the letter: to the address that a request came
from, and the port of its Via unless rport was asked for."""

import ssl
import subprocess

import hosts
from check_dialogs_streams import place_of
from checks import expect, expect_equal, group
from lab import bonds
from lab.message import format_hostport
from lab.network import FIRST, PEER, Lab, address
from lab.ua import UA
from lab.wire import Wire

BOTH = ("udp", "tcp")


class Bench:
    """A peer in B that answers OPTIONS and REGISTER, for one program on the proxy host."""

    def __init__(self, lab, family=4):
        self.lab, self.family = lab, family
        self.place = address("B", family, PEER), 5060
        self.peer = self.make_peer()
        lab.closing(self.peer.close)
        self.wire = Wire(lab.peer["B"])
        lab.closing(self.wire.close)
        self.ini = lab.write("bond.ini", bonds.both())
        self.trace = None

    def make_peer(self):
        return UA(*self.place, user="bob", by_received=True, make_socket=self.lab.peer["B"].socket)

    def under_libbond(self):
        self.trace = self.lab.new_name("trace")
        return bonds.bondrun(self.ini, self.lab.path(self.trace))

    def go(self, program, wrap, transport, *more, **named):
        """(answered, {addresses it sent from}, output)"""
        mark = self.wire.mark()
        answered, said = program(self.lab, wrap, transport, self.place, *more, **named)
        sources = [s.src for s in self.wire.seen(transport, self.place, after=mark)]
        return answered, set(sources), said

    def compare(self, t, program, name, transports=BOTH, bare_answered=True, **bare):
        """Bare from another address, under libbond from the member, with the answer."""
        for transport in transports:
            what = "%s, %s IPv%d" % (name, transport.upper(), self.family)
            member = bonds.member("B", self.family, transport)[0]
            with t.check(what + ": bare leaves from another address"):
                answered, sources, said = self.go(program, [], transport, **bare)
                expect(sources, "nothing came; it said: " + said[-300:])
                expect(member not in {a for a, _ in sources}, "bare: %s" % sources)
                expect(answered or not bare_answered, "bare got no answer: " + said[-300:])
            with t.check(what + ": leaves from the member and gets its answer",
                         lambda: self.lab.read(self.trace) + self.peer.transcript()):
                answered, sources, said = self.go(program, self.under_libbond(), transport)
                expect_equal({a for a, _ in sources}, {member}, "source")
                expect(answered, "no answer; it said: " + said[-300:])


@group
def host_sipp(t):
    with Lab() as lab:
        for family in (4, 6):
            bench = Bench(lab, family)
            first, member = address("B", family, FIRST), bonds.member("B", family, "udp")
            bench.compare(t, hosts.sipp, "sipp, wildcard")
            for transport in BOTH:
                with t.check("sipp, a socket of its own for the call, %s IPv%d"
                             % (transport.upper(), family)):
                    answered, sources, said = bench.go(hosts.sipp, bench.under_libbond(),
                                                       transport, mode="n")
                    expect_equal({a for a, _ in sources}, {bonds.member("B", family,
                                                                        transport)[0]}, "source")
                    # The answer to UDP goes to the Via's port, which is not the member's.
                    expect(answered or transport == "udp", "no answer: " + said[-300:])
            what = "sipp -i, %s IPv%d: "
            with t.check(what % ("TCP", family) + "leaves from the member and gets its answer"):
                answered, sources, said = bench.go(hosts.sipp, bench.under_libbond(), "tcp",
                                                   ["-i", first])
                expect_equal({a for a, _ in sources}, {member[0]}, "source")
                expect(answered, "no answer; it said: " + said[-300:])
            with t.check(what % ("TCP", family) + "an explicit port too"):
                answered, sources, said = bench.go(hosts.sipp, bench.under_libbond(), "tcp",
                                                   ["-i", first, "-p", "5077"])
                expect_equal({a for a, _ in sources}, {member[0]}, "source")
                expect(answered, "no answer; it said: " + said[-300:])
            with t.check(what % ("UDP", family) + "bound to the member it is left alone"):
                answered, sources, said = bench.go(hosts.sipp, bench.under_libbond(), "udp",
                                                   ["-i", member[0], "-p", "5060"])
                expect_equal(sources, {member}, "source")
                expect(answered, "no answer; it said: " + said[-300:])
            with t.check(what % ("UDP", family) + "bound elsewhere, no member is its own: "
                         "nothing leaves"):
                answered, sources, said = bench.go(hosts.sipp, bench.under_libbond(), "udp",
                                                   ["-i", first, "-p", "5060"])
                expect_equal(sources, set(), "source")
                expect("ENETUNREACH" in lab.read(bench.trace), "the trace tells no ENETUNREACH")
                expect(not answered, "sipp says it got an answer")
            with t.check(what % ("UDP", family) + "bare, the same leaves from where it is bound"):
                answered, sources, said = bench.go(hosts.sipp, [], "udp",
                                                   ["-i", first, "-p", "5060"])
                expect_equal(sources, {(first, 5060)}, "source")


@group
def host_sipsak(t):
    with Lab() as lab:
        Bench(lab).compare(t, hosts.sipsak, "sipsak")


@group
def host_sofia(t):
    with Lab() as lab:
        for family in (4, 6):
            Bench(lab, family).compare(t, hosts.sip_options, "sip-options")


@group
def host_baresip(t):
    with Lab() as lab:
        for family in (4, 6):
            # Bare it sends to B from its address of A, and hears nothing.
            Bench(lab, family).compare(t, hosts.baresip, "baresip", bare_answered=False,
                                       patience=2)


@group
def host_linphonec(t):
    with Lab() as lab:
        # belle-sip asks the kernel for the way to a public address before it believes in a network.
        for family in (4, 6):
            subprocess.run(["ip", "-n", lab.proxy.name, "-%d" % family, "route", "add", "default",
                            "via", address("B", family, PEER)], check=True)
        for family in (4, 6):
            Bench(lab, family).compare(t, hosts.linphonec, "linphonec")


class SecureBench(Bench):
    """The same over TLS, with what stands in the headers that came."""

    def __init__(self, lab, family=4):
        super().__init__(lab, family)
        self.place = self.place[0], 5061
        self.ini = lab.write("tls.ini", bonds.bond("B") + bonds.route("B", "transport = tls"))

    def make_peer(self):
        peer = UA(*self.place, user="bob", by_received=True, transports=("tls",), tls_port=5061,
                  tls=self.lab.certificate(), make_socket=self.lab.peer["B"].socket)
        peer.tls_maximum = ssl.TLSVersion.TLSv1_2
        return peer

    @staticmethod
    def names(came):
        """What its Via and its Contact name."""
        return [came.message.via.sent_by, place_of(came.message.contact.uri)]

    def ask(self, wrap, method, port):
        """(what came, what the program says) of a request that names it by its address and that port in Contact."""
        me = format_hostport(address("B", self.family, FIRST), port)
        text = ("%s sip:bob@%s;transport=tls SIP/2.0\r\nFrom: <sip:a@%s>;tag=1\r\nTo: <sip:bob@%s>\r\n"
                "Call-ID: sipsak-%d\r\nCSeq: 1 %s\r\nContact: <sip:a@%s;transport=tls>\r\nMax-Forwards: 70\r\n"
                "Content-Length: 0\r\n\r\n" % (method, format_hostport(*self.place), me, format_hostport(*self.place),
                                              port, method, me))
        more = "-f", self.lab.write("%s-%d" % (method, port), text), "-L", "-l", str(port), "-H", me.split(":")[0]
        answered, _, said = self.go(hosts.sipsak_tls, wrap, "tls", more)
        expect(answered, "no answer; it said: " + said[-500:])
        return self.peer.received(method)[-1], said


@group
def host_sipsak_tls(t):
    """Debian's sipsak has GnuTLS. It reads no session tickets: so by TLS 1.2."""
    with Lab() as lab:
        bench = SecureBench(lab)
        first, member = address("B", 4, FIRST), bonds.member("B", 4, "tls")[0]
        for n, method in enumerate(("OPTIONS", "REGISTER")):
            with t.check("sipsak, GnuTLS, %s: bare leaves from another address, and names that" % method,
                         bench.peer.transcript):
                came, _ = bench.ask([], method, 5090 + n)
                expect_equal(bench.names(came), [(first, 5090 + n)] * 2, "Via and Contact")
                expect_equal(came.source[0], first, "source")
            with t.check("sipsak, GnuTLS, %s: leaves from the member, which Via and Contact name" % method,
                         lambda: bench.peer.transcript() + lab.read(bench.trace)):
                came, said = bench.ask(bench.under_libbond(), method, 5094 + n)
                expect_equal(came.source[0], member, "source")
                expect_equal(bench.names(came), [came.source] * 2, "Via and Contact")
                answer = said.partition("received from:")[2]
                expect("\nVia: SIP/2.0/TLS %s:%d;" % (first, 5094 + n) in answer and "bond=" not in answer,
                       "it reads: " + answer)
                if method == "REGISTER":
                    expect("<sip:a@%s:%d;transport=tls>" % (first, 5094 + n) in answer, "it reads: " + answer)
