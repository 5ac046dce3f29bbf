# SPDX-License-Identifier: MIT
"""Which requests of Kamailio a route applies to, and what happens to the others."""

from check_kamailio import TRANSPORTS, peer_of, through
from checks import expect, expect_equal, group
from lab import bonds
from lab.kamailio import Kamailio
from lab.message import format_hostport
from lab.network import FIRST, PEER, PEER2, SECOND, Lab, address
from lab.ua import UA
from lab.wire import Wire

ZONE = "one A %s\ntwo A %s\n" % (address("B", 4, PEER), address("B", 4, PEER2))


class Bench:
    """Peers in A and B that answer, a caller in A, and what arrives at both."""

    def __init__(self, lab):
        self.lab = lab
        self.peers = [peer_of(lab, side, family, by_received=True, hosts={
            "one.test": address("B", 4, PEER)}) for side in "AB" for family in (4, 6)]
        # A second host of B, for routes that tell apart by name or address.
        self.second = UA(address("B", 4, PEER2), user="peer", by_received=True,
                         hosts={"two.test": address("B", 4, PEER2)},
                         make_socket=lab.peer["B"].socket)
        lab.closing(self.second.close)
        self.caller = UA(address("A", 4, PEER), 5070, "alice", make_socket=lab.peer["A"].socket)
        lab.closing(self.caller.close)
        self.wires = {side: Wire(lab.peer[side]) for side in "AB"}
        for wire in self.wires.values():
            lab.closing(wire.close)

    def host(self, name, ini, **more):
        return Kamailio(self.lab, name, ini=self.lab.write(name + ".ini", ini), **more)

    def sources(self, side, transport, place, name=None, user="peer"):
        """The addresses from which an OPTIONS through Kamailio reached a place, if it did."""
        mark = self.wires[side].mark()
        status = through(self.caller, transport, (name, 5060) if name else place, user)
        found = {a for a, _ in self.wires[side].sources(transport, place, b"OPTIONS", mark)}
        expect((status == 200) == bool(found), "answer %d, but it came from %s" % (status, found))
        return found


def place_of(side, family, transport="udp"):
    return address(side, family, PEER), 5061 if transport == "tls" else 5060


@group
def routes(t):
    with Lab() as lab:
        lab.dns(ZONE)
        bench = Bench(lab)

        host = bench.host("one-side", bonds.bond("B") + bonds.route("B"))
        for family in (4, 6):
            for transport in TRANSPORTS:
                with t.check("no route: %s IPv%d leaves as bare" % (transport.upper(), family)):
                    expect_equal(bench.sources("A", transport, place_of("A", family, transport)),
                                 {address("A", family, FIRST)}, "source")
                with t.check("and beside it, %s IPv%d by a route, from the member"
                             % (transport.upper(), family)):
                    expect_equal(bench.sources("B", transport, place_of("B", family, transport)),
                                 {bonds.member("B", family, transport)[0]}, "source")
        host.stop()

        host = bench.host("no-route-fail", "[host]\nno-route = fail\n" + bonds.bond("B")
                          + bonds.route("B"))
        with t.check("no-route = fail: UDP with no route does not leave"):
            expect_equal(bench.sources("A", "udp", place_of("A", 6)), set(), "source")
        with t.check("no-route = fail: UDP by a route does"):
            expect_equal(bench.sources("B", "udp", place_of("B", 6)),
                         {bonds.member("B", 6, "udp")[0]}, "source")
        host.stop()

        second = address("B", 4, PEER2), 5060
        host = bench.host("none", "[route:alone]\nto = %s\nbond = none\n" % second[0]
                          + bonds.bond("B") + bonds.route("B"))
        for transport in ("udp", "tcp"):
            with t.check("bond = none: %s leaves as bare" % transport.upper()):
                expect_equal(bench.sources("B", transport, second), {address("B", 4, FIRST)},
                             "source")
            with t.check("and its neighbour's %s from the member" % transport.upper()):
                expect_equal(bench.sources("B", transport, place_of("B", 4)),
                             {bonds.member("B", 4, transport)[0]}, "source")
        host.stop()

        host = bench.host("port", "[route:port]\nto = %s\nbond = external\n"
                          % format_hostport(second[0], 5062) + bonds.bond("B"))
        with t.check("to = address:port: another port is not meant"):
            expect_equal(bench.sources("B", "udp", second), {address("B", 4, FIRST)}, "source")
        host.stop()

        host = bench.host("domain", "[route:name]\nto = one.test\nbond = external\n"
                          + bonds.bond("B"))
        with t.check("a domain: UDP to its name leaves from the member"):
            expect_equal(bench.sources("B", "udp", place_of("B", 4), "one.test"),
                         {bonds.member("B", 4, "udp")[0]}, "source")
        with t.check("a domain: UDP to another name leaves as bare"):
            expect_equal(bench.sources("B", "udp", second, "two.test"),
                         {address("B", 4, FIRST)}, "source")
        host.stop()

        host = bench.host("socket", "[route:first]\nsocket = udp:%s\nbond = external\n"
                          % format_hostport(address("B", 4, FIRST), 5060)
                          # A connection that the host does not bind counts as its first listener's.
                          + "[route:tcp]\nsocket = tcp:%s\nto = %s\nbond = external\n"
                          % (format_hostport(address("A", 4, FIRST), 5060), address("B", 4, PEER))
                          + "[route:not]\nsocket = tcp:%s\nto = %s\nbond = external\n"
                          % (format_hostport(address("A", 4, SECOND), 5060), second[0])
                          + bonds.bond("B"))
        with t.check("socket: a TCP connection, by the host's first TCP listener"):
            expect_equal(bench.sources("B", "tcp", place_of("B", 4)),
                         {bonds.member("B", 4, "tcp")[0]}, "source")
        with t.check("socket: a TCP connection, by another listener: left alone"):
            expect_equal(bench.sources("B", "tcp", second), {address("B", 4, FIRST)}, "source")
        with t.check("socket: what the host sends from that socket leaves from the member"):
            expect_equal(bench.sources("B", "udp", place_of("B", 4)),
                         {bonds.member("B", 4, "udp")[0]}, "source")
        with t.check("socket: what it sends from another one is left alone"):
            expect_equal(bench.sources("A", "udp", place_of("A", 6)), {address("A", 6, FIRST)},
                         "source")
        host.stop()


SCRIPT = '''	if ($rU == "by-socket") {
		$fs = "udp:%s";
		$rU = "peer";
	}
''' % format_hostport(address("B", 4, SECOND), 5060)


@group
def script_socket(t):
    """The host's own script chooses a bond by choosing a socket."""
    with Lab() as lab:
        bench = Bench(lab)
        third = "[bond:third]\nmember = udp:%s\n" % format_hostport(address("B", 4, FIRST), 5060)
        host = bench.host("script", third + "[route:script]\nsocket = udp:%s\nbond = third\n"
                          % format_hostport(address("B", 4, SECOND), 5060)
                          + bonds.bond("B") + bonds.route("B"), script=SCRIPT)
        with t.check("by the script's socket"):
            expect_equal(bench.sources("B", "udp", place_of("B", 4), user="by-socket"),
                         {address("B", 4, FIRST)}, "source")
        with t.check("without it"):
            expect_equal(bench.sources("B", "udp", place_of("B", 4)),
                         {bonds.member("B", 4, "udp")[0]}, "source")
        host.stop()
