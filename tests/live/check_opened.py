# SPDX-License-Identifier: MIT
"""A Kamailio that knows one address a transport and family, in network A, becomes a bond: members of the
networks B and C are opened on its own listeners. Strict peers stand on all three networks in one
namespace, so that what leaves by the wrong side arrives, and is seen.

      host                                     peer
      10.10.0.1           eth-a ---- eth-a    10.10.0.9, .16
      203.0.113.1 .2 .3   eth-b ---- eth-b    203.0.113.9, .16
      198.51.100.1 .2 .3  eth-c ---- eth-c    198.51.100.9, .16      (and IPv6)"""

import itertools

import strict_calls
from checks import expect, expect_equal, group
from crossing import Crossing
from lab import network
from lab.kamailio import Kamailio
from lab.message import format_hostport
from lab.network import FIRST, PEER, PEER2, SECOND, address
from lab.ua import UA

network.NETWORKS.setdefault("C", {
    4: "198.51.100.%d/24", 6: "2001:db8:c::%x/64",
    "prefixes": ("198.51.100.0/24", "2001:db8:c::/64")})

SIDES = "ABC"
BOND = {"B": "bee", "C": "cee"}
FAMILIES = (4, 6)
TRANSPORTS = ("udp", "tcp")
PAIRS = ("AB", "BA", "AC", "CA", "BC", "CB", "BB")


class Three(Crossing):
    """Crossing with a third network; peer["C"] is the same namespace too."""

    def __init__(self):
        super().__init__()
        self.peer["C"] = self.peer["B"]
        self._wire("C")


def own(family):
    return address("A", family, FIRST)


def door(side, family):
    """Where a side's peers find the host: the member, in A the host's own address."""
    return own(family) if side == "A" else address(side, family, SECOND)


def bonds_of(words):
    text = ""
    for side, bond in BOND.items():
        text += "[bond:%s]\n" % bond
        text += "".join("member = %s:%s %s\n" % (t, format_hostport(door(side, f), 5060), words)
                        for t in TRANSPORTS for f in FAMILIES)
    return text


def ini(words):
    text = bonds_of(words)
    for side, bond in BOND.items():
        text += "[route:to-%s]\nto = %s\nbond = %s\n" % (
            side.lower(), ", ".join(network.NETWORKS[side]["prefixes"]), bond)
    return text


def listen():
    return "\n".join("listen=%s:%s" % (t, format_hostport(own(f), 5060))
                     for t in TRANSPORTS for f in FAMILIES)


def script():
    """The user says where to: "b-tcp4" is the peer of B, by TCP and IPv4."""
    lines = []
    for side, transport, family, second in itertools.product(SIDES, TRANSPORTS, FAMILIES, ("", "2")):
        lines.append('\tif ($rU == "%s%s-%s%d")\n\t\t$ru = "sip:%s;transport=%s";\n' % (
            side.lower(), second, transport, family, format_hostport(
                address(side, family, PEER2 if second else PEER), 5060), transport))
    return "".join(lines)


class Stage:
    """The proxy, and a user agent at each of the peer's addresses."""

    def __init__(self, lab, name, text, mhomed=0, probe=None, **role):
        self.lab, self.mark = lab, lab.wire.mark()
        self.host = Kamailio(lab, lab.new_name(name), ini=lab.write(name + ".ini", text),
                             mhomed=mhomed, listen=listen(), probe=probe or own(4), watch=True,
                             script=role.pop("script", script()), **role)
        self.peers = {}

    def peer(self, side, family, host=PEER):
        place = side, family, host
        if place not in self.peers:
            self.peers[place] = UA(address(side, family, host), 5060, user="%s%d" % (
                side.lower(), host), make_socket=self.lab.peer[side].socket)
        return self.peers[place]

    def uri(self, pair, family, first, then):
        """By which a peer of pair[0] that speaks `first` calls one of pair[1] that speaks `then`."""
        second = "2" if pair[0] == pair[1] else ""
        return "sip:%s%s-%s%d@%s;transport=%s" % (
            pair[1].lower(), second, then, family, format_hostport(door(pair[0], family), 5060), first)

    def ends(self, pair, family):
        return (self.peer(pair[0], family),
                self.peer(pair[1], family, PEER2 if pair[0] == pair[1] else PEER))

    def strays(self):
        """What came by another network than its own, or from another address than the host has for it."""
        found = []
        for seen in self.lab.wire.seen(after=self.mark):
            for side, family, host in itertools.product(SIDES, FAMILIES, (PEER, PEER2)):
                if seen.dst[0] == address(side, family, host) and (
                        seen.device != "eth-" + side.lower() or seen.src[0] != door(side, family)):
                    found.append("%r by %s" % (seen, seen.device))
        return found

    def clean(self):
        found, self.mark = self.strays(), self.lab.wire.mark()
        expect_equal(found, [], "what came by the wrong side")
        for peer in self.peers.values():
            found = peer.problems + peer.errors
            peer.problems, peer.errors = [], []
            expect_equal(found, [], "what %s found" % peer.user)
        expect(self.host.child.poll() is None, "Kamailio has ended")

    def sees_itself(self):
        """No message that the script saw is addressed to a member."""
        members = [format_hostport(door(s, f)) for s in BOND for f in FAMILIES]
        for text in self.host.messages():
            lines = text.splitlines()
            for line in lines[:1] + [x for x in lines if x.lower().startswith("route:")][:1]:
                expect(not any(m in line for m in members), "the host was shown: " + line)

    def detail(self):
        return strict_calls.detail(self.lab, self.host, self.peers.values(), 8000)

    def close(self):
        self.host.stop()
        for peer in self.peers.values():
            peer.close()
        self.peers = {}


def names(request, side, family):
    """What a peer is told to answer to is the host's address of its own network."""
    expect_equal(request.via.host, door(side, family), "Via")
    if request.record_route:
        expect_equal(request.record_route[0].uri.host, door(side, family), "Record-Route")


def call(stage, pair, family, first, then, by_called=False):
    strict_calls.whole(*stage.ends(pair, family), stage.uri(pair, family, first, then),
                       lambda request: names(request, pair[1], family), by_called)


def cancelled(stage, pair, family, first, then):
    strict_calls.cancelled(*stage.ends(pair, family), stage.uri(pair, family, first, then))


def busy(stage, pair, family, first, then):
    strict_calls.busy(*stage.ends(pair, family), stage.uri(pair, family, first, then))


def calls(t, mhomed, words):
    with Three() as lab:
        stage = Stage(lab, "opened", ini(words=words), mhomed=mhomed)
        turn = 0
        for family, pair, (first, then) in itertools.product(
                FAMILIES, PAIRS, itertools.product(TRANSPORTS, TRANSPORTS)):
            turn += 1
            what = "IPv%d, %s to %s, %s to %s, mhomed=%d" % (
                family, pair[0], pair[1], first.upper(), then.upper(), mhomed)
            with t.check(what, stage.detail):
                call(stage, pair, family, first, then, by_called=turn % 2)
                if turn % 3 == 0:
                    cancelled(stage, pair, family, first, then)
                elif turn % 3 == 1:
                    busy(stage, pair, family, first, then)
                stage.clean()
        with t.check("mhomed=%d: the host is shown no member" % mhomed, stage.detail):
            stage.sees_itself()
        stage.close()


@group(seconds=120)
def opened_kamailio(t):
    """By the filter, as every user may."""
    calls(t, 0, "open=filter")


@group(seconds=120)
def opened_kamailio_mhomed(t):
    calls(t, 1, "open=filter")


@group(seconds=120)
def opened_kamailio_lookup(t):
    calls(t, 0, "open=sk_lookup")


@group(seconds=120)
def opened_kamailio_lookup_mhomed(t):
    """As libbond likes best here."""
    calls(t, 1, "open")


@group(seconds=40)
def opened_in_and_out(t):
    """What comes in from B goes out to C, and from C to B; what comes to the host's own address is of neither."""
    text = bonds_of("open") + """[route:b-c]
from = bee
bond = cee
[route:c-b]
from = cee
bond = bee
[host]
unknown = 403
secret = 0123456789abcdefghijklmnopqrstuv
"""
    with Three() as lab:
        stage = Stage(lab, "in-and-out", text, probe=door("B", 4))
        for family, pair in itertools.product(FAMILIES, ("BC", "CB")):
            with t.check("IPv%d, %s to %s" % (family, pair[0], pair[1]), stage.detail):
                call(stage, pair, family, "udp", "udp", by_called=family == 6)
                cancelled(stage, pair, family, "udp", "udp")
                stage.clean()
        for family, first in itertools.product(FAMILIES, TRANSPORTS):
            with t.check("IPv%d, from A by %s: 403" % (family, first.upper()), stage.detail):
                here = stage.peer("A", family).invite(stage.uri("AB", family, first, "udp"))
                expect_equal(here.client.wait().status, 403, "the answer to INVITE")
                stage.clean()
        stage.close()
