# SPDX-License-Identifier: MIT
"""What a Kamailio of one socket a transport, whose members are opened, is to its machine: addresses that
come and go under its calls, other programs on the port, a second instance, addresses that are nobody's.
And the set-up of OpenSIPS' article on bonds, where it has one listener a transport."""

import errno
import socket
import subprocess

from checks import expect, expect_equal, group
from crossing import Crossing
from lab import bonds
from lab.kamailio import Kamailio
from lab.message import format_hostport
from lab.network import FIRST, NETWORKS, PEER, SECOND, THIRD, address, wait_until
from lab.ua import UA

WAYS = ("filter", "sk_lookup")
COMES = 40  # a member's address in B that is not there at first
TLS = 5061


def own(family):
    return address("A", family, FIRST)


def listen(places):
    return "\n".join("listen=%s:%s" % (t, format_hostport(h, p)) for t, h, p in places)


def ini(members, way, routes=True):
    text = "[bond:external]\n" + "".join("member = %s:%s open=%s\n" % (t, format_hostport(h, p), way)
                                         for t, h, p in members)
    return text + (bonds.route("B") if routes else "")


def change(lab, word, family, host):
    flags = ["nodad", "noprefixroute"] if family == 6 and word == "add" else []
    subprocess.run(["ip", "-n", lab.proxy.name, "addr", word, NETWORKS["B"][family] % host, "dev", "eth-b"]
                   + flags, check=True)


class Ends:
    """A strict user agent in A and one in B, and the host's door for the one in B."""

    def __init__(self, lab, family, door, more=()):
        self.lab, self.family, self.door = lab, family, door
        tls = {"transports": ("udp", "tcp", "tls"), "tls": lab.certificate()} if more else {}
        self.inside, self.outside = (UA(address(side, family, PEER), 5060, side.lower(), make_socket=lab.peer[
            side].socket, **tls) for side in "AB")
        self.mark = lab.wire.mark()

    def call(self, to_inside, transport, port=5060, then=None):
        """A call that is up: (the caller's end, the called party's)."""
        caller, called = ((self.outside, self.inside) if to_inside else (self.inside, self.outside))
        proxy = self.door if to_inside else own(self.family)
        here = caller.invite("sip:x@%s;transport=%s" % (format_hostport(
            called.host, called.port_of(then or transport)), then or transport), route=[
                "sip:%s;lr;transport=%s" % (format_hostport(proxy, port), transport)])
        there = called.expect_call()
        there.ring()
        there.answer()
        here.wait_answer()
        there.wait_ack()
        return here, there

    def whole(self, to_inside, transport):
        here, there = self.call(to_inside, transport)
        there.bye()
        here.wait_bye()
        self.clean()

    def clean(self, door=None):
        """What came to B came from the door, and by no other network."""
        strays = [repr(s) for s in self.lab.wire.seen(after=self.mark) if s.dst[0] == self.outside.host
                  and (s.device != "eth-b" or s.src[0] != (door or self.door))]
        self.mark = self.lab.wire.mark()
        expect_equal(strays, [], "what came by the wrong side")
        for ua in (self.inside, self.outside):
            expect_equal(ua.problems + ua.errors, [], "what %s found" % ua.user)

    def detail(self):
        return self.inside.transcript() + "\n" + self.outside.transcript()

    def close(self):
        self.inside.close()
        self.outside.close()


def bind_error(lab, kind, host, port=5060):
    """The errno of another program that binds, as it was run by anybody on the machine; 0 if it can."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with lab.proxy.socket(family, kind) as s:
        try:
            s.bind((host, port))
            if kind == socket.SOCK_STREAM:
                s.listen()
        except OSError as e:
            return e.errno
    return 0


def goes_and_returns(t, lab, family, way):
    """The member is absent at the start, comes, goes in the middle of a call, and returns."""
    door = address("B", family, COMES)
    members = [(transport, door, 5060) for transport in ("udp", "tcp")]
    host = Kamailio(lab, lab.new_name("moves"), ini=lab.write("moves.ini", ini(members, way)), mhomed=0,
                    listen=listen([(x, own(family), 5060) for x in ("udp", "tcp")]), probe=own(family))
    ends = Ends(lab, family, door)
    name = "IPv%d, %s: " % (family, way)
    try:
        with t.check(name + "while the member is absent nothing leaves by another address", ends.detail):
            call = ends.inside.invite("sip:x@%s" % format_hostport(ends.outside.host, 5060), route=[
                "sip:%s;lr" % format_hostport(own(family), 5060)])
            status = call.client.wait().status
            expect(status >= 400, "the call is answered: %d" % status)
            ends.clean()
        change(lab, "add", family, COMES)
        for transport in ("udp", "tcp"):
            with t.check(name + "once it is there, calls by %s are whole" % transport, ends.detail):
                ends.whole(True, transport)
                ends.whole(False, transport)
        for transport in ("udp", "tcp"):
            with t.check(name + "it goes and returns in the middle of a call by %s" % transport, ends.detail):
                here, there = ends.call(True, transport)
                back, far = ends.call(False, transport)
                change(lab, "del", family, COMES)
                change(lab, "add", family, COMES)
                expect_equal(here.reinvite().wait().status, 200, "the answer to re-INVITE")
                there.bye()
                here.wait_bye()
                far.bye()
                back.wait_bye()
                ends.clean()
    finally:
        ends.close()
        host.stop()
        change(lab, "del", family, COMES)


@group(seconds=60)
def opened_moves(t):
    with Crossing() as lab:
        for family, way in ((4, "filter"), (6, "filter"), (4, "sk_lookup"), (6, "sk_lookup")):
            goes_and_returns(t, lab, family, way)


def answers(lab, kind, host):
    """What a peer in B is told that sends to the host's machine: "silence", or the error's name."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with lab.peer["B"].socket(family, kind) as s:
        s.settimeout(0.7)
        try:
            s.connect((host, 5060))
            s.send(b"\r\n\r\n")
            s.recv(10)
            return "an answer"
        except TimeoutError:
            return "silence"
        except OSError as e:
            return errno.errorcode[e.errno]


def another_program(t, lab, family, way):
    door, nobody = address("B", family, SECOND), address("B", family, THIRD)
    places = [(x, own(family), 5060) for x in ("udp", "tcp")]
    file = lab.write("machine.ini", ini([(x, door, 5060) for x in ("udp", "tcp")], way))
    name = "IPv%d, %s: " % (family, way)
    wanted = errno.EADDRINUSE if way == "filter" else 0
    refused = "silence" if way == "filter" else "ECONNREFUSED"
    host = Kamailio(lab, lab.new_name("machine"), ini=file, mhomed=0, listen=listen(places),
                    probe=own(family))
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        what = name + ("UDP" if kind == socket.SOCK_DGRAM else "TCP")
        with t.check(what + ": another program on the port of another address"):
            expect_equal(bind_error(lab, kind, nobody), wanted, "its error")
        with t.check(what + ": of an address of nobody's a peer is told as the manual says"):
            expect_equal(answers(lab, kind, nobody), refused, "what it is told")
        with t.check(what + ": on another port it starts"):
            expect_equal(bind_error(lab, kind, nobody, 5062), 0, "its error")
    with t.check(name + "a second instance fails as it does bare"):
        said = []
        for wrap in ([], bonds.bondrun(file)):
            run = lab.path(lab.new_name("second"))
            done = lab.proxy.run(wrap + ["kamailio", "-f", lab.path(host.name + ".cfg"), "-m", "64", "-M",
                                         "8", "-Y", lab.dir, "-P", run, "-DD", "-E"], timeout=30)
            said.append((done.returncode, "Address already in use" in done.stdout + done.stderr))
        expect_equal(said[1], said[0], "(status, whether it says why) of the second")
        expect(said[0][0] != 0 and said[0][1], "bare it is not refused: %s" % (said[0],))
    host.stop()


@group(seconds=60)
def opened_machine(t):
    with Crossing() as lab:
        for family, way in ((4, "filter"), (6, "filter"), (4, "sk_lookup"), (6, "sk_lookup")):
            another_program(t, lab, family, way)


@group(seconds=60)
def opened_article(t):
    """An external bond of udp and tcp over IPv4 and of tls over IPv6; the host has one listener of each."""
    with Crossing() as lab:
        members = [("udp", address("B", 4, SECOND), 5060), ("tcp", address("B", 4, THIRD), 5060),
                   ("tls", address("B", 6, SECOND), TLS)]
        places = [("udp", own(4), 5060), ("tcp", own(4), 5060), ("tls", own(6), TLS)]
        for way in WAYS:
            host = Kamailio(lab, lab.new_name("article"), mhomed=0, listen=listen(places), probe=own(4),
                            ini=lab.write("article.ini", ini(members, way)))
            for transport, door, port in members:
                ends = Ends(lab, 6 if ":" in door else 4, door, more=("tls",))
                with t.check("%s: a call out by %s leaves from its member" % (way, transport), ends.detail):
                    here, there = ends.call(False, transport, port)
                    here.bye()
                    there.wait_bye()
                    ends.clean()
                with t.check("%s: what comes in by %s is answered there" % (way, transport), ends.detail):
                    uri = "sip:here@%s;transport=%s" % (format_hostport(door, port), transport)
                    answer = ends.outside.send_request("OPTIONS", uri).wait()
                    expect_equal(answer.status, 200, "the answer")
                    ends.clean()
                if transport != "tls":  # what is encrypted names the host
                    with t.check("%s: a call in by %s" % (way, transport), ends.detail):
                        ends.whole(True, transport)
                ends.close()
            host.stop()
