# SPDX-License-Identifier: MIT
"""`from` with Kamailio: it decides by UDP, TCP and TLS. Where nobody can see what came in by TLS that is
refused, and no later route is tried."""

from check_marks import SECRET, Replay
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


@group
def arrivals_seen(t):
    arrivals(t, True)


@group
def arrivals_unseen(t):
    arrivals(t, False)
