# SPDX-License-Identifier: MIT
"""Does the lab itself find what it is meant to find? Bare programs, no libbond."""

import errno
import socket

from checks import expect, expect_equal, group
from lab.kamailio import Kamailio
from lab.message import format_host
from lab.network import FIRST, PEER, SECOND, Lab, address
from lab.ua import UA
from lab.wire import Wire


@group
def lab(t):
    with Lab() as lab_:
        for family, domain in ((4, socket.AF_INET), (6, socket.AF_INET6)):
            with t.check("a peer cannot reach the other side's IPv%d address" % family):
                for here, there in ("AB", "BA"):
                    with lab_.peer[here].socket(domain, socket.SOCK_DGRAM) as s:
                        try:
                            s.sendto(b"x", (address(there, family, SECOND), 5060))
                        except OSError as e:
                            expect_equal(e.errno, errno.ENETUNREACH, "errno")
                        else:
                            expect(False, "%s reached %s" % (here, there))
        host = Kamailio(lab_, mhomed=0)
        wire = Wire(lab_.peer["B"])
        lab_.closing(wire.close)
        bob = UA(address("B", 4, PEER), user="bob", t1=0.2, make_socket=lab_.peer["B"].socket)
        lab_.closing(bob.close)
        alice = UA(address("A", 4, PEER), user="alice", t1=0.2,
                   make_socket=lab_.peer["A"].socket)
        lab_.closing(alice.close)
        with t.check("the strict user agent fails on a wrong Via",
                     lambda: bob.transcript()):
            # Kamailio without mhomed names its first listener, which B cannot reach.
            alice.invite("sip:bob@%s" % format_host(bob.host),
                         route=["sip:%s;lr" % address("A", 4, FIRST)])
            call = bob.expect_call()
            expect_equal(call.server.request.via.host, address("A", 4, FIRST), "Via")
            call.ring()
            expect(any("unreachable" in p for p in bob.problems), "bob could answer")
            expect(not alice.received(180), "alice got 180")
        host.stop()
