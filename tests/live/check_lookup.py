# SPDX-License-Identifier: MIT
"""Kamailio with one listen for each transport and family, at an address of A, as a daemon of another user: members
of B, of its port and of another one, are opened by sk_lookup."""

import socket

from checks import expect, expect_equal, group
from lab import bonds
from lab.bonds import bondctl
from lab.kamailio import Kamailio
from lab.message import format_hostport
from lab.network import FIRST, PEER, SECOND, THIRD, Lab, address, wait_until
from lab.ua import UA
from lab.wire import Wire

TRANSPORTS = ("udp", "tcp")
SAME, OTHER = 5060, 5080  # the host's port, and one that it has not


def members(port_of):
    return "".join("member = %s:%s open=sk_lookup\n" % (t, format_hostport(address("B", family, host), port))
                   for host, port in port_of for family in (4, 6) for t in TRANSPORTS)


def ini(*port_of):
    return "[bond:external]\n" + members(port_of) + bonds.route("B")


def listen():
    return "\n".join("listen=%s:%s" % (t, format_hostport(address("A", family, FIRST), SAME))
                     for family in (4, 6) for t in TRANSPORTS)


def agent(lab, side, family, host=PEER, user="peer"):
    ua = UA(address(side, family, host), SAME, user, transports=TRANSPORTS, make_socket=lab.peer[side].socket)
    lab.closing(ua.close)
    return ua


def options_to(peer, wire, transport, place):
    """OPTIONS to that address and port of the host: the status, and where the answers came from."""
    mark = wire.mark()
    status = peer.options("sip:here@%s;transport=%s" % (format_hostport(*place), transport)).status
    return status, {s.src for s in wire.seen(transport, after=mark, starts=b"SIP/2.0")}


def refused(lab, place):
    """Whether nobody hears connections there."""
    family = socket.AF_INET6 if ":" in place[0] else socket.AF_INET
    with lab.peer["B"].socket(family, socket.SOCK_STREAM) as s:
        s.settimeout(10)
        return s.connect_ex(place) != 0


def call(caller, callee, uri, route):
    """A whole call with a re-INVITE each way, that the callee ends."""
    out = caller.invite(uri, route=route)
    there = callee.expect_call()
    there.ring()
    there.answer()
    out.wait_answer()
    there.wait_ack()
    for side in (out, there):
        expect_equal(side.reinvite().wait().status, 200, "the answer to re-INVITE")
    there.bye()
    out.wait_bye()


@group
def opened_lookup(t):
    """Calls between A and B on members of both ports, in both directions; reloads; what is no member's."""
    first = ((SECOND, SAME), (THIRD, OTHER))
    with Lab() as lab:
        file = lab.write("bond.ini", ini(*first))
        host = Kamailio(lab, ini=file, daemon=True, user="kamailio", listen=listen())
        wire = Wire(lab.peer["B"])
        lab.closing(wire.close)
        inside = {family: agent(lab, "A", family, user="alice") for family in (4, 6)}
        outside = {family: agent(lab, "B", family, user="bob") for family in (4, 6)}
        for family in (4, 6):
            for transport in TRANSPORTS:
                name = "%s IPv%d" % (transport.upper(), family)
                bob, alice = outside[family], inside[family]
                for number, port in first:
                    place = (address("B", family, number), port)
                    with t.check("%s: asked at %s" % (name, format_hostport(*place)), bob.transcript):
                        expect_equal(options_to(bob, wire, transport, place), (200, {place}), "answer")
                    with t.check("%s: a call from B by %s" % (name, format_hostport(*place)), bob.transcript):
                        call(bob, alice, "sip:alice@%s;transport=%s" % (format_hostport(alice.host, SAME), transport),
                             ["sip:%s;transport=%s;lr" % (format_hostport(*place), transport)])
                with t.check("%s: a call from A" % name, bob.transcript):
                    mark = wire.mark()
                    call(alice, bob, "sip:bob@%s;transport=%s" % (format_hostport(bob.host, SAME), transport),
                         ["sip:%s;transport=%s;lr" % (format_hostport(address("A", family, FIRST), SAME), transport)])
                    came = {s.src[0] for s in wire.seen(transport, dst=(bob.host, SAME), starts=b"INVITE", after=mark)}
                    expect_equal(came, {address("B", family, SECOND)}, "source of the INVITE")
        with t.check("what is no member's is refused"):
            for family in (4, 6):
                for number, port in ((SECOND, OTHER), (THIRD, SAME), (FIRST, SAME)):
                    place = (address("B", family, number), port)
                    expect(refused(lab, place), "%s:%d is heard" % place)

        with t.check("reload, as another user: members move"):
            lab.write("bond.ini", ini((FIRST, OTHER), (SECOND, SAME)))
            status, said = bondctl(lab.proxy, "reload", str(host.main_pid()), file)
            expect_equal(status, 0, said)
            for family in (4, 6):
                for transport in TRANSPORTS:
                    bob, place = outside[family], (address("B", family, SECOND), SAME)
                    options_to(bob, wire, transport, place)  # a message for each kind of process
                    place = (address("B", family, FIRST), OTHER)
                    wait_until(lambda: not refused(lab, (address("B", family, FIRST), OTHER)), 20, "the new member")
                    expect_equal(options_to(bob, wire, transport, place), (200, {place}), "answer of %s" % transport)
                wait_until(lambda: refused(lab, (address("B", family, THIRD), OTHER)), 20, "the end of the old one")
        host.stop()
        with t.check("nothing is left of it in the kernel"):
            expect(refused(lab, (address("B", 4, FIRST), OTHER)), "a member is still heard")
