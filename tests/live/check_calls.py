# SPDX-License-Identifier: MIT
"""Calls through Kamailio (mhomed=1) between strict user agents."""

from checks import expect, expect_equal, group
from lab import bonds
from lab.kamailio import Kamailio
from lab.network import Lab
from lab.pair import Pair

FAMILIES = ((4, 4), (6, 6), (4, 6), (6, 4))


@group
def calls(t):
    with Lab() as lab:
        ini = lab.write("bond.ini", bonds.both())
        host = Kamailio(lab, ini=ini)
        for here, there in ("AB", "BA"):
            for a, b in FAMILIES:
                what = "UDP %s to %s, IPv%d to IPv%d: " % (here, there, a, b)
                with Pair(lab, here, a, there, b) as pair:
                    with t.check(what + "INVITE, 180, 200, ACK, BYE by the called party",
                                 pair.transcript):
                        call, far = pair.connect()
                        far.bye()
                        call.wait_bye()
                        pair.no_problems()
                    with t.check(what + "BYE by the caller", pair.transcript):
                        call, far = pair.connect()
                        call.bye()
                        far.wait_bye()
                        pair.no_problems()
                    with t.check(what + "re-INVITE from either side", pair.transcript):
                        call, far = pair.connect()
                        expect_equal(call.reinvite().wait().status, 200, "answer")
                        far.wait_ack()
                        expect_equal(far.reinvite().wait().status, 200, "answer")
                        call.wait_ack()
                        call.bye()
                        pair.no_problems()
                    with t.check(what + "CANCEL", pair.transcript):
                        call, far = pair.invite()
                        far.ring()
                        call.wait_response(180)
                        expect_equal(call.cancel().wait().status, 200, "answer to CANCEL")
                        expect_equal(call.client.wait().status, 487, "answer to INVITE")
                        far.wait_ack()
                        expect(far.cancelled, "the called party got no CANCEL")
                        pair.no_problems()
                    with t.check(what + "486", pair.transcript):
                        call, far = pair.invite()
                        far.reject(486)
                        expect_equal(call.client.wait().status, 486, "answer")
                        far.wait_ack()
                        pair.no_problems()
                    with t.check(what + "each request of all these left from the member",
                                 pair.transcript):
                        expect_equal(pair.sources(pair.bob), {bonds.member(there, b, "udp")},
                                     "source at the called party")
                        expect_equal(pair.sources(pair.alice), {bonds.member(here, a, "udp")},
                                     "source at the caller")
                        vias = {r.message.via.sent_by for r in pair.bob.received("INVITE")}
                        expect_equal(vias, {bonds.member(there, b, "udp")}, "Via")
                    with t.check(what + "each response came from where the request went",
                                 pair.transcript):
                        expect_equal({r.source for r in pair.alice.records if r.direction == "in"
                                      and not r.dropped and r.message.status
                                      and r.message.cseq == (1, "INVITE")},
                                     {(pair.proxy, 5060)}, "source")
        host.stop()


@group
def calls_streams(t):
    """Over connections mhomed does nothing and Kamailio's headers name its first listener, so that
    the called party cannot reach it anew; all that the caller starts has to work. `transport`
    tells what a connection to a port that is not 5061 speaks."""
    with Lab() as lab:
        for transport in ("tcp", "tls"):
            ini = lab.write(transport + ".ini", bonds.bond("B") + bonds.route(
                "B", "transport = " + transport))
            host = Kamailio(lab, transport, ini=ini)
            for a, b in ((4, 4), (6, 6), (4, 6)):
                member = bonds.member("B", b, transport)[0]
                what = "%s, IPv%d to IPv%d: " % (transport.upper(), a, b)
                with Pair(lab, "A", a, "B", b) as pair:
                    with t.check(what + "INVITE, ACK, re-INVITE and BYE", pair.transcript):
                        call, far = pair.connect(transport)
                        expect_equal(call.reinvite().wait().status, 200, "answer")
                        far.wait_ack()
                        call.bye()
                        far.wait_bye()
                        pair.no_problems()
                    with t.check(what + "CANCEL", pair.transcript):
                        call, far = pair.invite(transport)
                        far.ring()
                        call.wait_response(180)
                        expect_equal(call.cancel().wait().status, 200, "answer to CANCEL")
                        expect_equal(call.client.wait().status, 487, "answer to INVITE")
                        far.wait_ack()
                        pair.no_problems()
                    with t.check(what + "486", pair.transcript):
                        call, far = pair.invite(transport)
                        far.reject(486)
                        expect_equal(call.client.wait().status, 486, "answer")
                        far.wait_ack()
                        pair.no_problems()
                    with t.check(what + "all of it on one connection, from the member",
                                 pair.transcript):
                        sources = pair.sources(pair.bob)
                        expect_equal({host for host, _ in sources}, {member}, "source")
                        expect_equal(len(sources), 1, "number of connections")
            host.stop()


@group
def calls_bare(t):
    """The counterpart: what the calls above are whole in spite of."""
    with Lab() as lab:
        host = Kamailio(lab, "bare")
        for a, b in FAMILIES:
            with Pair(lab, "A", a, "B", b) as pair:
                with t.check("UDP IPv%d to IPv%d: bare leaves from another address" % (a, b),
                             pair.transcript):
                    call, far = pair.connect()
                    call.bye()
                    expect(bonds.member("B", b, "udp") not in pair.sources(pair.bob),
                           "bare sends from the member too")
        host.stop()


@group
def calls_mhomed_off(t):
    """Without mhomed Kamailio names its first listener: the source is right, the Via is its own."""
    with Lab() as lab:
        ini = lab.write("bond.ini", bonds.both())
        host = Kamailio(lab, ini=ini, mhomed=0)
        for family in (4, 6):
            with Pair(lab, "A", family, "B", family, t1=0.2) as pair:
                with t.check("UDP IPv%d: the INVITE leaves from the member" % family,
                             pair.transcript):
                    pair.invite()
                    expect_equal(pair.sources(pair.bob), {bonds.member("B", family, "udp")},
                                 "source")
        host.stop()
