# SPDX-License-Identifier: MIT
"""Kamailio as it is run for real: daemonized, as another user, with pings of its own."""

import os
import pwd


from checks import expect, expect_equal, group
from lab import bonds
from lab.kamailio import Kamailio
from lab.message import format_host, format_hostport
from lab.network import FIRST, PEER, SECOND, Lab, address
from lab.ua import UA
from lab.wire import Wire

TRANSPORTS = ("udp", "tcp", "tls")


def peer_of(lab, side, family, **more):
    ua = UA(address(side, family, PEER), user="peer", transports=TRANSPORTS,
            tls=lab.certificate(), make_socket=lab.peer[side].socket, **more)
    lab.closing(ua.close)
    return ua


def through(caller, transport, place, user="peer"):
    """OPTIONS from caller through Kamailio's first address of A to a place: the status."""
    uri = "sip:%s@%s;transport=%s" % (user, format_hostport(*place), transport)
    return caller.options(uri, route=["sip:%s;lr" % address("A", 4, FIRST)]).status


def runs_as(pid):
    return pwd.getpwuid(os.stat("/proc/%d" % pid).st_uid).pw_name


def parent(pid):
    with open("/proc/%d/stat" % pid) as f:
        return int(f.read().rpartition(")")[2].split()[1])


@group
def daemon(t):
    """The whole life of a service: fork into the background, close descriptors, drop privileges."""
    with Lab() as lab:
        ini = lab.write("bond.ini", bonds.both())
        caller = UA(address("A", 4, PEER), 5070, "alice", make_socket=lab.peer["A"].socket)
        lab.closing(caller.close)
        for family in (4, 6):
            peer_of(lab, "B", family)
        wire = Wire(lab.peer["B"])
        lab.closing(wire.close)
        kinds = (("daemon", {"daemon": True}),
                 ("daemon as user kamailio", {"daemon": True, "user": "kamailio"}),
                 ("first process of a container", {"pid_1": True}))
        for number, (name, how) in enumerate(kinds):
            host = Kamailio(lab, "kamailio-%d" % number, ini=ini, **how)
            with t.check("%s: it is one, with libbond" % name):
                pid = host.main_pid()
                if "daemon" in how:
                    expect(parent(pid) not in (os.getpid(), host.child.pid), "it is a child")
                    expect_equal(runs_as(pid), how.get("user", "root"), "user")
                    with open("/proc/%d/maps" % pid) as maps:
                        expect("libbond.so" in maps.read(), "libbond is not in it")
                else:
                    expect_equal(pid, 1, "its process id")
            for family in (4, 6):
                for transport in TRANSPORTS:
                    with t.check("%s: %s IPv%d leaves from the member"
                                 % (name, transport.upper(), family)):
                        place = (address("B", family, PEER),
                                 5061 if transport == "tls" else 5060)
                        mark = wire.mark()
                        expect_equal(through(caller, transport, place), 200, "answer")
                        expect_equal({a for a, _ in wire.sources(transport, place, b"OPTIONS",
                                                                 mark)},
                                     {bonds.member("B", family, transport)[0]}, "source")
            host.stop()


@group
def responses(t):
    """A response leaves from where its request came in, whatever the bonds say of the peer."""
    with Lab() as lab:
        ini = lab.write("bond.ini", bonds.both())
        host = Kamailio(lab, ini=ini)
        for side in "AB":
            wire = Wire(lab.peer[side])
            lab.closing(wire.close)
            for family in (4, 6):
                peer = peer_of(lab, side, family)
                for number in (FIRST, SECOND):
                    target = address(side, family, number)
                    for transport in ("udp", "tcp"):
                        with t.check("%s to %s" % (transport.upper(), target), peer.transcript):
                            mark = wire.mark()
                            expect_equal(peer.options("sip:here@%s;transport=%s" % (
                                format_host(target), transport)).status, 200, "answer")
                            came = {s.src for s in wire.seen(transport, after=mark,
                                                             starts=b"SIP/2.0")}
                            expect_equal(came, {(target, 5060)}, "source of the response")
        host.stop()
        with t.check("the trace calls them responses"):
            lines = [x for x in host.trace_lines() if '"SIP/2.0 200' in x]
            expect(lines, "no response in the trace")
            wrong = [x for x in lines if " ! " in x and "response" not in x.partition(" ! ")[2]]
            expect(not wrong, "; ".join(wrong[:2]))


@group
def pings(t):
    """What Kamailio sends of its own accord, from a timer process: dispatcher's OPTIONS."""
    with Lab() as lab:
        rows = [(side, family, transport) for side in "AB" for family in (4, 6)
                for transport in TRANSPORTS]
        places = {row: (address(row[0], row[1], PEER), 5061 if row[2] == "tls" else 5060)
                  for row in rows}
        listed = lab.write("dispatcher.list", "".join(
            "%d sip:%s;transport=%s\n" % (i + 1, format_hostport(*places[row]), row[2])
            for i, row in enumerate(rows)))
        more = {
            "modules": 'loadmodule "dispatcher.so"',
            "parameters": 'modparam("dispatcher", "list_file", "%s")\n'
                          'modparam("dispatcher", "ds_ping_interval", 1)\n'
                          'modparam("dispatcher", "ds_probing_mode", 1)\n' % listed,
        }
        wires = {}
        for side in "AB":
            wires[side] = Wire(lab.peer[side])
            lab.closing(wires[side].close)
            for family in (4, 6):
                peer_of(lab, side, family)
        ini = lab.write("bond.ini", bonds.both())
        seen = {}
        for name, file in (("bare", None), ("bonded", ini)):
            marks = {side: wires[side].mark() for side in "AB"}
            host = Kamailio(lab, name, ini=file, **more)
            for row in rows:
                seen[name, row] = {a for a, _ in wires[row[0]].sources(
                    row[2], places[row], b"OPTIONS", marks[row[0]], timeout=8)}
            host.stop()
        for row in rows:
            side, family, transport = row
            what = "OPTIONS by %s IPv%d to %s: " % (transport.upper(), family, side)
            member = bonds.member(*row)[0]
            with t.check(what + "bare from another address"):
                expect(seen["bare", row], "nothing came")
                expect(member not in seen["bare", row], "bare: %s" % seen["bare", row])
            with t.check(what + "from the member"):
                expect_equal(seen["bonded", row], {member}, "source")
