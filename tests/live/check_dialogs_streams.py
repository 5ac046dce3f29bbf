# SPDX-License-Identifier: MIT
"""Whole calls over connections, and from connections to datagrams and back, through a Kamailio that
knows nothing of the member: both user agents send only where the headers say."""

from checks import expect, expect_equal, group
from lab import bonds
from lab.kamailio import Kamailio
from lab.message import format_host, format_hostport
from lab.network import SECOND, Lab, address
from lab.pair import Pair

PORT = 5066  # of members: another address and another port than the host's first listener
TOKEN = ";bond="


class Dialogs(Pair):
    """A caller that speaks one transport to the proxy, a called party that is called by another."""

    def __init__(self, lab, here, a, there, b, near, far, **more):
        super().__init__(lab, here, a, there, b, **more)
        self.near, self.far = near, far

    def invite(self, transport=None):
        uri = "sip:bob@%s;transport=%s" % (
            format_hostport(self.bob.host, self.bob.port_of(self.far)), self.far)
        route = "sip:%s;transport=%s;lr" % (format_host(self.proxy), self.near)
        return self.alice.invite(uri, route=[route]), self.bob.expect_call()


def member(side, family):
    return address(side, family, SECOND), PORT


def members(side):
    lines = ["[bond:%s]" % bonds.BOND_OF[side]]
    lines += ["member = %s:%s" % (t, format_hostport(*member(side, f)))
              for t in ("udp", "tcp") for f in (4, 6)]
    return "\n".join(lines) + "\n"


def ini(extra=""):
    return members("B") + members("A") + bonds.route("B") + bonds.route("A") + extra


def listeners():
    return "\n".join("listen=%s:%s" % (t, format_hostport(*member(s, f)))
                     for s in "AB" for t in ("udp", "tcp") for f in (4, 6))


def start(lab, name, mhomed=0, extra="", settings=""):
    return Kamailio(lab, name, ini=lab.write(name + ".ini", ini(extra)), mhomed=mhomed,
                    modules=settings + listeners())


def calls(pair):
    """Name -> a whole call of that kind."""
    def bye_far():
        call, far = pair.connect()
        far.bye()
        call.wait_bye()

    def bye_near():
        call, far = pair.connect()
        call.bye()
        far.wait_bye()

    def reinvite():
        call, far = pair.connect()
        expect_equal(call.reinvite().wait().status, 200, "answer")
        far.wait_ack()
        expect_equal(far.reinvite().wait().status, 200, "answer")
        call.wait_ack()
        call.bye()

    def cancel():
        call, far = pair.invite()
        far.ring()
        call.wait_response(180)
        expect_equal(call.cancel().wait().status, 200, "answer to CANCEL")
        expect_equal(call.client.wait().status, 487, "answer to INVITE")
        far.wait_ack()
        expect(far.cancelled, "the called party got no CANCEL")

    def busy():
        call, far = pair.invite()
        far.reject(486)
        expect_equal(call.client.wait().status, 486, "answer")
        far.wait_ack()

    return (("BYE by the called party", bye_far), ("BYE by the caller", bye_near),
            ("re-INVITE from either side", reinvite), ("CANCEL", cancel), ("486", busy))


def check_pair(t, pair, what, where, port, far, host_knows):
    """where, port: of the member on the called party's side, which that one is called by. host_knows: it was told
    the member by its probe and writes it into headers by itself."""
    for name, call in calls(pair):
        with t.check("%s: %s" % (what, name), pair.transcript):
            call()
            pair.no_problems()
    with t.check("%s: all of it left from the member, by its name" % what, pair.transcript):
        sources = pair.sources(pair.bob)
        if far == "udp":
            expect_equal(sources, {(where, port)}, "source")
        else:
            expect_equal({s[0] for s in sources}, {where}, "source")
        for method in ("INVITE", "ACK", "BYE", "CANCEL"):
            for r in pair.bob.received(method):
                expect_equal(r.message.via.sent_by, (where, port), "Via of %s" % method)
        for r in pair.bob.received("INVITE"):
            if not r.message.to_tag:
                expect_equal(place_of(r.message.record_route[0].uri), (where, port),
                             "Record-Route")
    if host_knows:
        return
    with t.check("%s: the caller never sees the called party's member" % what, pair.transcript):
        for r in pair.alice.records:
            if r.direction == "in":
                expect(where.encode() not in r.message.encode(), "%s names it" % r.message)


def check_lost(t, pair, what):
    """The counterpart: with the host's own headers the called party has no way back."""
    with t.check(what, pair.transcript):
        call, far = pair.connect()
        try:
            far.bye(timeout=3)
        except (TimeoutError, AssertionError, OSError):
            pass
        else:
            raise AssertionError("it was answered: the checks above cannot tell")
        invite = pair.bob.received("INVITE")[0].message
        expect(TOKEN not in invite.encode().decode(), "a header was edited")


def place_of(uri):
    return uri.host.strip("[]"), uri.port


def matrix(t, mhomed, combinations):
    with Lab() as lab:
        host = start(lab, "kamailio", mhomed)
        for here, there, a, b, near, far in combinations:
            what = "mhomed=%d, %s %s to %s %s, IPv%d to IPv%d" % (
                mhomed, near.upper(), here, far.upper(), there, a, b)
            with Dialogs(lab, here, a, there, b, near, far) as pair:
                check_pair(t, pair, what, *member(there, b), far, mhomed and far == "udp")
        host.stop()


@group(seconds=240)
def dialogs_streams_tcp(t):
    matrix(t, 0, (("A", "B", 4, 4, "tcp", "tcp"), ("B", "A", 4, 4, "tcp", "tcp"),
                  ("A", "B", 6, 6, "tcp", "tcp"), ("A", "B", 4, 6, "tcp", "tcp")))


@group(seconds=240)
def dialogs_streams_mixed(t):
    matrix(t, 0, (("A", "B", 4, 4, "udp", "tcp"), ("A", "B", 4, 4, "tcp", "udp"),
                  ("A", "B", 4, 6, "udp", "tcp"), ("B", "A", 4, 6, "tcp", "udp")))


@group(seconds=240)
def dialogs_streams_mhomed(t):
    matrix(t, 1, (("A", "B", 4, 4, "tcp", "tcp"), ("A", "B", 4, 6, "tcp", "tcp"),
                  ("A", "B", 4, 4, "udp", "tcp"), ("A", "B", 4, 4, "tcp", "udp")))


class Large(Pair):
    """A caller by UDP whose INVITE is too large for it on the proxy's other side."""

    def invite(self, transport=None):
        uri = "sip:bob@%s" % format_hostport(self.bob.host, self.bob.port_of("udp"))
        call = self.alice.invite(uri, route=["sip:%s;lr" % format_host(self.proxy)],
                                 headers=[("Subject", "x" * 1000)])
        return call, self.bob.expect_call()


@group(seconds=240)
def dialogs_streams_large(t):
    """A proxy that takes TCP for what is too large (RFC 3261 18.1.1) has written one Record-Route before it knew:
    it is for both of its sides."""
    settings = "udp_mtu=1300\nudp_mtu_try_proto=TCP\n"
    with Lab() as lab:
        host = start(lab, "kamailio", 0, settings=settings)
        for here, there, family in (("A", "B", 4), ("A", "B", 6), ("B", "A", 4)):
            what = "UDP %s to %s by TCP for its size, IPv%d" % (here, there, family)
            with Large(lab, here, family, there, family) as pair:
                for name, call in calls(pair):
                    with t.check("%s: %s" % (what, name), pair.transcript):
                        call()
                        pair.no_problems()
                with t.check("%s: one Record-Route, of the member" % what, pair.transcript):
                    for r in pair.bob.received("INVITE"):
                        if not r.message.to_tag:
                            expect_equal(r.message.via.transport.lower(), "tcp", "Via of what is large")
                            expect_equal([place_of(x.uri) for x in r.message.record_route],
                                         [member(there, family)], "Record-Route")
                with t.check("%s: the caller never sees the called party's member" % what, pair.transcript):
                    for r in pair.alice.records:
                        if r.direction == "in":
                            expect(member(there, family)[0].encode() not in r.message.encode(), r.message)
        host.stop()
        bare = Kamailio(lab, "bare", mhomed=0, modules=settings + listeners())
        with Large(lab, "A", 4, "B", 4) as pair:
            check_lost(t, pair, "bare: the called party's BYE goes nowhere")
        bare.stop()


@group(seconds=240)
def dialogs_streams_keep(t):
    """The counterpart: with the host's own headers the called party has no way back."""
    with Lab() as lab:
        host = start(lab, "kamailio", 0, "[host]\nheaders = keep\n")
        for near in ("tcp", "udp"):
            with Dialogs(lab, "A", 4, "B", 4, near, "tcp") as pair:
                check_lost(t, pair, "headers = keep, %s to TCP: the called party's BYE goes nowhere" %
                           near.upper())
        host.stop()
