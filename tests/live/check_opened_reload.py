# SPDX-License-Identifier: MIT
"""What of opened members bondctl says of a running Kamailio of one socket a transport: which it hears, by which way,
what a reload brings at once and what a restart, against what its peers are told."""

import json
import socket

from check_lookup import OTHER, SAME, agent, options_to, refused
from checks import expect, expect_equal, group
from lab import bonds
from lab.bonds import bondctl
from lab.kamailio import Kamailio
from lab.message import format_hostport
from lab.network import FIRST, SECOND, THIRD, Lab, address, wait_until
from lab.wire import Wire

FAMILIES = (4, 6)


def ini(*members):
    """Each (transport, number of the address, port, word)."""
    text = "".join("member = %s:%s %s\n" % (t, format_hostport(address("B", f, n), port), word)
                   for t, n, port, word in members for f in FAMILIES)
    return "[bond:external]\n" + text + bonds.route("B")


def listen():
    return "\n".join("listen=%s:%s" % (t, format_hostport(address("A", f, FIRST), SAME))
                     for t in ("udp", "tcp") for f in FAMILIES)


def names(transport, number, port):
    return {"%s:%s" % (transport, format_hostport(address("B", f, number), port)) for f in FAMILIES}


class Host:
    def __init__(self, lab, *members):
        self.lab, self.file = lab, lab.write("bond.ini", ini(*members))
        self.host = Kamailio(lab, lab.new_name("kamailio"), ini=self.file, listen=listen(), probe=address("A", 4, FIRST))
        self.pid = str(self.host.main_pid())
        self.wire = Wire(lab.peer["B"])
        self.peers = {f: agent(lab, "B", f) for f in FAMILIES}
        self.inside = {f: agent(lab, "A", f, user="alice") for f in FAMILIES}
        lab.closing(self.wire.close)

    def renew(self, *members):
        """What waits for a restart: as diff says it, which reload says too."""
        self.lab.write("bond.ini", ini(*members))
        status, said = bondctl(self.lab.proxy, "diff", "--json", self.file, self.pid)
        expect_equal(status, 0, said)
        before = json.loads(said)["at_restart"]
        status, said = bondctl(self.lab.proxy, "reload", "--json", self.pid)
        expect_equal(status, 0, said)
        expect_equal(json.loads(said)["at_restart"], before, "what reload says beside diff")
        self.wake()
        return {w["member"]: w["reason"] for w in before}

    def checked(self, *members):
        """What check warns of, of opened members in such a file, by the listeners of the running host."""
        file = self.lab.write("other.ini", ini(*members))
        status, said = bondctl(self.lab.proxy, "check", "--json", "--pid", self.pid, file)
        expect_equal(status, 0, said)
        return [f["text"].partition(",")[0] for f in json.loads(said)["findings"] if "listen" in f["text"]]

    def wake(self):
        """A message for each kind of process."""
        for f in FAMILIES:
            for t in ("udp", "tcp"):
                status = options_to(self.inside[f], self.wire, t, (address("A", f, FIRST), SAME))[0]
                expect_equal(status, 200, "answer in A")

    def told(self):
        """{member: (its socket, by what it was opened, its state)} of status."""
        status, said = bondctl(self.lab.proxy, "status", "--json", self.pid)
        expect_equal(status, 0, said)
        return {m["name"]: (m["socket"], m.get("opened"), m["state"]) for b in json.loads(said)["bonds"]
                for m in b["members"]}

    def expect_heard(self, transport, number, port, way):
        for f in FAMILIES:
            place = (address("B", f, number), port)
            expect_equal(options_to(self.peers[f], self.wire, transport, place), (200, {place}), "answer at %s:%d" % place)
        wait_until(lambda: all(self.told()[n][2] == "up" for n in names(transport, number, port)), 20, "their states")
        for n in names(transport, number, port):
            expect_equal(self.told()[n], ("opened", way, "up"), n)

    def expect_waiting(self, transport, number, port, waits, why):
        for n in names(transport, number, port):
            expect(why in waits.pop(n, "nothing"), "why %s waits" % n)
            expect_equal(self.told()[n][:2], ("at-restart", None), n)
        for f in FAMILIES:
            if transport == "tcp":
                expect(refused(self.lab, (address("B", f, number), port)), "a member that waits is heard")


@group(seconds=60)
def opened_reload_filter(t):
    """UDP is opened by a filter from the start, TCP is not."""
    with Lab() as lab:
        first = ("udp", SECOND, SAME, "open=filter")
        host = Host(lab, first)
        with t.check("as it began"):
            host.expect_heard("udp", SECOND, SAME, "filter")
        with t.check("one more for a listener that hears such members comes at once"):
            expect_equal(host.renew(first, ("udp", THIRD, SAME, "open=filter")), {}, "what waits")
            host.expect_heard("udp", THIRD, SAME, "filter")
        with t.check("the first of a listener comes with a restart"):
            members = (first, ("udp", THIRD, SAME, "open=filter"), ("tcp", SECOND, SAME, "open=filter"))
            waits = host.renew(*members)
            host.expect_waiting("tcp", SECOND, SAME, waits, "bound to one address")
            expect_equal(waits, {}, "what else waits")
        with t.check("another way than the one that stands, too, and until then it is heard by that"):
            waits = host.renew(first, ("udp", THIRD, SAME, "open=sk_lookup"))
            expect_equal(set(waits), names("udp", THIRD, SAME), "what waits")
            host.expect_heard("udp", THIRD, SAME, "filter")
        with t.check("so does sk_lookup, which was not asked for at the start"):
            waits = host.renew(first, ("tcp", THIRD, OTHER, "open=sk_lookup"))
            expect_equal(set(waits), names("tcp", THIRD, OTHER), "what waits")
            for n in names("tcp", THIRD, OTHER):
                expect("is begun when a program starts" in waits[n], waits[n])
                wait_until(lambda: host.told()[n][2] == "down", 20, "the state of " + n)
        with t.check("one that is gone is not heard"):
            expect_equal(host.renew(first), {}, "what waits")
            for f in FAMILIES:
                try:
                    status = host.peers[f].options("sip:here@" + format_hostport(address("B", f, THIRD), SAME)).status
                except TimeoutError:
                    status = None
                expect_equal(status, None, "what a former member answers")


@group(seconds=60)
def opened_reload_lookup(t):
    """All come and go at once; one whose address another program has comes when it has ended."""
    with Lab() as lab:
        first = ("udp", SECOND, SAME, "open")
        host = Host(lab, first)
        with t.check("as it began"):
            host.expect_heard("udp", SECOND, SAME, "sk_lookup")
        with t.check("check says of what runs which members have no listener, or hear themselves"):
            expect_equal(host.checked(first), [], "of its own file")
            expect_equal(host.checked(first, ("tcp", THIRD, OTHER, "open=filter")),
                         ["the host has no listener of TCP and IPv%d at port %d" % (f, OTHER) for f in FAMILIES],
                         "of another port")
        with t.check("of the other transport, and of another port"):
            expect_equal(host.renew(first, ("tcp", SECOND, SAME, "open"), ("tcp", THIRD, OTHER, "open"),
                                    ("udp", THIRD, OTHER, "open=sk_lookup")), {}, "what waits")
            for place in (("tcp", SECOND, SAME), ("tcp", THIRD, OTHER), ("udp", THIRD, OTHER)):
                host.expect_heard(*place, "sk_lookup")
            expect_equal(host.checked(first, ("udp", THIRD, OTHER, "open=sk_lookup")), [], "what check says then")
        with t.check("for a filter it is led until a restart"):
            waits = host.renew(first, ("tcp", SECOND, SAME, "open=filter"))
            expect_equal(set(waits), names("tcp", SECOND, SAME), "what waits")
            host.expect_heard("tcp", SECOND, SAME, "sk_lookup")
        place = (address("B", 4, FIRST), OTHER)
        with lab.proxy.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(place)
            with t.check("one whose address another program has is down"):
                host.renew(first, ("udp", FIRST, OTHER, "open"))
                name = "udp:%s" % format_hostport(*place)
                wait_until(lambda: host.told()[name] == ("never-bound", None, "down"), 20, "its state")
        with t.check("once that has ended, a reload of the same file opens it"):
            status, said = bondctl(lab.proxy, "reload", "--json", host.pid)
            expect_equal((status, json.loads(said)["changes"], json.loads(said)["published"]), (0, [], True), said)
            host.wake()
            host.expect_heard("udp", FIRST, OTHER, "sk_lookup")
