# SPDX-License-Identifier: MIT
"""What marks decide with Kamailio as a stateless proxy: from where a response leaves, and what a peer
gains that sends again what it has seen."""

import itertools
import re
import socket
import ssl

from checks import expect, expect_equal, group
from lab import bonds
from lab.kamailio import Kamailio
from lab.message import format_hostport
from lab.network import FIRST, PEER, PEER2, SECOND, THIRD, Lab, address
from lab.ua import UA
from lab.wire import Wire

SECRET = "[host]\nsecret = of this test, and of no other one\n"
BOTH = (SECRET + bonds.bond("A") + bonds.bond("B")
        + "[route:inside-out]\nfrom = internal\nbond = external\n"
        + "[route:outside-in]\nfrom = external\nbond = internal\n")
OTHER = {"A": "B", "B": "A"}


class Call:
    """Strict agents on both sides, and what passes there."""

    def __init__(self, lab):
        self.agents = {side: UA(address(side, 4, PEER), user=side.lower(),
                                make_socket=lab.peer[side].socket) for side in "AB"}
        self.wires = {side: Wire(lab.peer[side]) for side in "AB"}
        for thing in list(self.agents.values()) + list(self.wires.values()):
            lab.closing(thing.close)

    def transcript(self):
        return "\n".join(ua.transcript() for ua in self.agents.values())

    def run(self, side, host, cancel=False):
        """A call from that side through an address of the proxy there, whole or cancelled; from where
        its responses came."""
        caller, callee = self.agents[side], self.agents[OTHER[side]]
        mark = self.wires[side].mark()
        call = caller.invite("sip:x@%s" % format_hostport(callee.host),
                             route=["sip:%s;lr" % address(side, 4, host)])
        there = callee.expect_call()
        there.ring()
        call.wait_response(180)
        if cancel:
            call.cancel()
            call.wait_response(487)
        else:
            there.answer()
            call.wait_answer()
            there.wait_ack()
            call.bye()
            there.wait_bye()
        place = address(side, 4, PEER), 5060
        return [a for a, _ in self.wires[side].sources("udp", place, b"SIP/2.0", mark)]


@group
def marks_stateless(t):
    with Lab() as lab:
        call = Call(lab)
        host = Kamailio(lab, "bare", stateless=True)
        for side in "AB":
            with t.check("from %s, bare: the call is whole" % side, call.transcript):
                call.run(side, SECOND)
        host.stop()
        for routes, ini in (("from", BOTH), ("to", bonds.both())):
            for mhomed in (0, 1):
                host = Kamailio(lab, "both-%d" % mhomed, ini=lab.write("both.ini", ini),
                                stateless=True, mhomed=mhomed)
                for side, cancel in itertools.product("AB", (False, True)):
                    with t.check("from %s, routes by %s, mhomed=%d: the call is %s, its responses leave "
                                 "from where it came in" % (side, routes, mhomed, "cancelled" if cancel
                                                            else "whole"), call.transcript):
                        expect_equal(call.run(side, SECOND, cancel),
                                     [bonds.member(side, 4, "udp")[0]], "source")
                host.stop()
        with t.check("nobody got what was not for him", call.transcript):
            problems = [p for ua in call.agents.values() for p in ua.problems]
            expect(not problems, "problems: %s" % problems)


class Replay:
    """A peer outside that sees what leaves from the inside, and sends again."""

    def __init__(self, lab):
        self.lab = lab
        self.place = address("B", 4, PEER2), 5060
        self.sink = self._socket("B", self.place)
        self.same = self._socket("B", (self.place[0], 5070))
        self.other = self._socket("B", (address("B", 4, PEER), 5070))
        self.inside = self._socket("A", (address("A", 4, PEER), 5070))
        self.numbers = itertools.count(1)

    def _socket(self, side, place, kind=socket.SOCK_DGRAM):
        s = self.lab.peer[side].socket(socket.AF_INET, kind)
        s.bind(place)
        s.settimeout(1)
        self.lab.closing(s.close)
        return s

    def request(self, vias, method="MESSAGE", number=None):
        number = number or next(self.numbers)
        return ("{m} sip:x@{to} SIP/2.0\r\n{vias}Max-Forwards: 9\r\nFrom: <sip:x@x>;tag=1\r\n"
                "To: <sip:x@{to}>\r\nCall-ID: {n}\r\nCSeq: {n} {m}\r\nContent-Length: 0\r\n\r\n"
                ).format(m=method, to=format_hostport(*self.place), n=number,
                         vias="".join("Via: %s\r\n" % v for v in vias)).encode(), number

    def comes(self, number):
        """(source, Vias) of the request with that number as it reaches the outside; (None, [])."""
        try:
            while True:
                data, source = self.sink.recvfrom(65535)
                text = data.decode(errors="replace").partition("\r\n\r\n")[0]
                if "\r\nCall-ID: %d\r\n" % number in text + "\r\n":
                    return source[0], re.findall(r"(?m)^Via: (.*?)\r?$", text)
        except socket.timeout:
            return None, []

    def by_udp(self, sock, to, vias, method="MESSAGE", number=None):
        data, number = self.request(vias, method, number)
        sock.sendto(data, to)
        return self.comes(number)

    def by_stream(self, side, host, port, vias, tls=False):
        data, number = self.request(vias)
        with self.lab.peer[side].socket(socket.AF_INET, socket.SOCK_STREAM) as s:
            s.settimeout(3)
            s.connect((host, port))
            if tls:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
                s = context.wrap_socket(s)
            s.sendall(data)
            return self.comes(number)


def replayed(t, secret):
    with Lab() as lab:
        replay = Replay(lab)
        member = bonds.member("B", 4, "udp")[0]
        ini = lab.write("from.ini", secret + bonds.bond("A") + bonds.bond("B")
                        + "[route:inside-out]\nfrom = internal\nbond = external\n")
        host = Kamailio(lab, "from", ini=ini, stateless=True)
        own = "SIP/2.0/UDP %s;branch=z9hG4bK-inside" % format_hostport(address("A", 4, PEER), 5070)
        seen = []
        with t.check("from the inside by UDP: the member of the outside"):
            source, seen = replay.by_udp(replay.inside, bonds.member("A", 4, "udp"), [own])
            expect_equal(source, member, "source")
            expect(len(seen) == 2 and "bond-in=" in seen[1], "Vias: %s" % seen)
        with t.check("from the inside by TCP: the member of the outside"):
            source, vias = replay.by_stream("A", *bonds.member("A", 4, "tcp"),
                                            [own.replace("UDP", "TCP") + "-tcp"])
            expect_equal(source, member, "source")
        mark = re.search(r"bond-in=(\w+)", seen[-1]).group(1) if seen else "aaaaaaaaaa"
        marked = own + ";bond-in=" + mark
        new = own + "-new;bond-in=" + mark
        mine = "SIP/2.0/UDP %s;branch=z9hG4bK-mine" % format_hostport(*replay.place)
        host_via = "SIP/2.0/UDP %s;branch=z9hG4bK-host" % format_hostport(address("B", 4, SECOND))
        many = marked + ";bond-in=a;x" * 70
        outside = [(address("B", 4, FIRST), "a socket of no bond"), (address("B", 4, SECOND), "a member")]
        for to, what in outside:
            for sock, who in ((replay.same, "the same peer"), (replay.other, "another peer")):
                for vias, how in (([marked], "the branch seen"), ([new], "a new branch"),
                                  ([mine, marked], "below a Via of its own"),
                                  ([host_via, marked], "below one that names the host"),
                                  ([many], "70 marks more"), (seen, "all Vias as seen"),
                                  ([marked, marked], "twice")):
                    for method in ("MESSAGE", "INVITE", "ACK"):
                        with t.check("%s to %s, %s, %s: not as from the inside"
                                     % (who, what, how, method)):
                            source, _ = replay.by_udp(sock, (to, 5060), vias, method)
                            expect(source != member, "it left by the member")
                            expect(source or method == "ACK", "it was not forwarded at all")
                with t.check("%s to %s, the message as it was: not as from the inside" % (who, what)):
                    source, _ = replay.by_udp(sock, (to, 5060), [marked], number=1)
                    expect(source and source != member, "it left by the member")
        for vias, how in (([marked], "the branch seen"), ([new], "a new branch"),
                          ([mine, marked], "below a Via of its own")):
            for host_number, port, tls, what in ((FIRST, 5060, False, "TCP"), (SECOND, 5060, False,
                                                 "TCP to a member"), (THIRD, 5061, True, "TLS")):
                with t.check("by %s, %s: not as from the inside" % (what, how)):
                    source, _ = replay.by_stream("B", address("B", 4, host_number), port, vias, tls)
                    expect(source != member, "it left by the member")
        with t.check("and from the inside it still is"):
            source, _ = replay.by_udp(replay.inside, bonds.member("A", 4, "udp"), [own])
            expect_equal(source, member, "source")
        host.stop()


@group
def marks_replayed(t):
    replayed(t, SECRET)


@group
def marks_replayed_alone(t):
    """By the key that the host makes for itself."""
    replayed(t, "")
