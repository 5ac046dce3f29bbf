# SPDX-License-Identifier: MIT
"""`from` with Kamailio: it decides by UDP, TCP and TLS. Where nobody can see what came in by TLS that is
refused, and no later route is tried."""

from check_dialogs_streams import check_pair
from check_marks import SECRET, Replay
from check_tls import TlsDialogs, member
from checks import expect, expect_equal, group
from lab import bonds
from lab.kamailio import Kamailio
from lab.message import format_hostport
from lab.network import PEER, Lab, address

ROUTES = "[route:inside-out]\nfrom = internal\nbond = external\n"
REST = "[route:rest]\nto = 0.0.0.0/0\nbond = internal\n"


def arrivals(t, seen):
    with Lab() as lab:
        replay = Replay(lab)
        member = bonds.member("B", 4, "udp")[0]
        sent_by = format_hostport(address("A", 4, PEER), 5070)
        for name, stateless in (("stateful", False), ("stateless", True)):
            for rest, more in (("", "no other route"), (REST, "a later route")):
                ini = lab.write("%s-%s.ini" % (name, bool(rest)),
                                SECRET + bonds.bond("A") + bonds.bond("B") + ROUTES + rest)
                host = Kamailio(lab, "%s-%s" % (name, bool(rest)), ini=ini, stateless=stateless,
                                wrap=() if seen else bonds.without_tls())
                for transport, tls in (("udp", False), ("tcp", False), ("tls", True), ("tls", True)):
                    via = ["SIP/2.0/%s %s;branch=z9hG4bK-%d" % (transport.upper(), sent_by, i)
                           for i in (id(host) + tls,)]
                    to = bonds.member("A", 4, transport)
                    with t.check("%s, %s: in by %s" % (name, more, transport)):
                        if transport == "udp":
                            source, _ = replay.by_udp(replay.inside, to, via)
                        else:
                            source, _ = replay.by_stream("A", *to, via, tls)
                        expect_equal(source, member if seen or not tls else None,
                                     "source at the outside")
                if not seen:
                    with t.check("%s, %s: the trace says why, and what to use" % (name, more)):
                        lines = [l for l in host.trace_lines() if "arrival unknown" in l]
                        expect(lines and all("route inside-out" in l and "`to` or `socket`" in l
                                             for l in lines), "\n".join(lines) or "no line")
                host.stop()


class ByMember(TlsDialogs):
    """The caller's way in is the member of its side."""

    def __init__(self, *args, **more):
        super().__init__(*args, **more)
        self.way_in = "sip:%s;transport=%s;lr" % (
            format_hostport(*member("A", 4, self.near)), self.near)

    def invite(self, transport=None):
        uri = "sip:bob@%s;transport=%s" % (
            format_hostport(self.bob.host, self.bob.port_of(self.far)), self.far)
        return self.alice.invite(uri, route=[self.way_in]), self.bob.expect_call()


def bonds_of(side):
    return "[bond:%s]\n%s" % (bonds.BOND_OF[side], "".join(
        "member = %s:%s\n" % (x, format_hostport(*member(side, 4, x))) for x in ("udp", "tcp", "tls")))


def route_from(here, there, speaks):
    return "[route:from-%s]\nfrom = %s\nbond = %s\n%s" % (
        here, bonds.BOND_OF[here], bonds.BOND_OF[there],
        "transport = %s\n" % speaks if speaks != "udp" else "")


def listeners():
    return "".join("listen=%s:%s\n" % (x, format_hostport(*member(side, 4, x)))
                   for side in "AB" for x in ("udp", "tcp", "tls"))


@group(seconds=180)
def arrivals_connections(t):
    """Calls whose every request is decided by where it came in, out of TLS and into it: no route says where to."""
    with Lab() as lab:
        for n, (near, far) in enumerate((("tls", "udp"), ("tls", "tcp"), ("tls", "tls"), ("udp", "tls"))):
            ini = "".join(bonds_of(side) for side in "AB") + "".join(
                route_from(here, there, speaks) for here, there, speaks in (("A", "B", far), ("B", "A", near)))
            with ByMember(lab, "A", 4, "B", 4, near, far) as pair:
                ports = "sip-ports = 5060, 5061, %d, %d\n" % (pair.bob.port, pair.bob.tls_port)
                host = Kamailio(lab, "connections-%d" % n, mhomed=0, modules=listeners(),
                                ini=lab.write("connections-%d.ini" % n, SECRET + ports + ini))
                check_pair(t, pair, "%s to %s" % (near.upper(), far.upper()), *member("B", 4, far), far, False)
                host.stop()


@group
def arrivals_seen(t):
    arrivals(t, True)


@group
def arrivals_unseen(t):
    arrivals(t, False)
