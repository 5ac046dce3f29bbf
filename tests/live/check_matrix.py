# SPDX-License-Identifier: MIT
"""Calls by sipp through Kamailio to every transport, family and side: from which address?"""

from checks import expect, expect_equal, group
from lab import bonds
from lab.kamailio import Kamailio
from lab.message import format_hostport
from lab.network import PEER, Lab, address
from lab.sipp import watched_call
from lab.wire import Wire

TLS_PORT = 5071  # a TLS peer whose port does not tell that it speaks TLS
MATRIX = [(side, family, transport, None)
          for side in "AB" for family in (4, 6) for transport in ("udp", "tcp", "tls")]
MATRIX.append(("B", 4, "tls", TLS_PORT))


def name_of(row):
    side, family, transport, port = row
    text = "%s IPv%d to %s" % (transport.upper(), family, side)
    return text + " at port %d" % port if port else text


@group(seconds=200)
def matrix(t):
    with Lab() as lab:
        wires = {side: Wire(lab.peer[side]) for side in "AB"}
        for wire in wires.values():
            lab.closing(wire.close)
        bare = Kamailio(lab, "bare")
        seen_bare = {row: watched_call(lab, wires, *row, patience=1) for row in MATRIX}
        bare.stop()

        by_name = "[route:tls-by-name]\nto = %s:%d\ntransport = tls\nbond = external\n" % (
            address("B", 4, PEER), TLS_PORT)
        ini = lab.write("bond.ini", by_name + bonds.both())
        host = Kamailio(lab, "bonded", ini=ini)
        seen = {row: watched_call(lab, wires, *row) for row in MATRIX}
        host.stop()
        lines = host.trace_lines()

        for row in MATRIX:
            side, family, transport, _ = row
            wanted, wanted_port = bonds.member(side, family, transport)
            there = seen[row]
            with t.check("%s: bare leaves from another address" % name_of(row)):
                expect(seen_bare[row].sources, "bare Kamailio sent nothing")
                expect(wanted not in seen_bare[row].hosts,
                       "bare Kamailio sends from the member too: %s" % seen_bare[row].sources)
            with t.check("%s: the peer sees the member" % name_of(row)):
                expect(there.sources, "nothing came")
                expect_equal(there.hosts, {wanted}, "source")
                if transport == "udp":
                    expect_equal(there.sources, [(wanted, wanted_port)], "source")
            if transport != "udp":
                with t.check("%s: one connection carries the whole call" % name_of(row)):
                    expect_equal(len(there.sources), 1, "number of connections")
            with t.check("%s: the call is whole" % name_of(row)):
                expect(not there.trouble, there.trouble)
            with t.check("%s: the trace's verdict says so" % name_of(row)):
                dest = bonds.destination(transport, *there.place)
                _, verdict = bonds.verdict_of(lines, transport, *there.place)
                expect(verdict, "no verdict for %s" % dest)
                expect("%s %s" % (bonds.BOND_OF[side], bonds.member_text(side, family, transport))
                       in verdict, "verdict is: " + verdict)
            with t.check("%s: bondctl explain agrees" % name_of(row)):
                code, said = bonds.bondctl(lab.proxy, "explain", ini, dest)
                expect(code == 0, "bondctl explain %s: exit %d: %s" % (dest, code, said))
                chosen = [x.split()[0] for x in said.splitlines() if "chosen" in x]
                expect_equal(chosen, [bonds.member_text(side, family, transport)], "its choice")

        with t.check("bondctl check has no error"):
            code, said = bonds.bondctl(lab.proxy, "check", ini)
            expect(code == 0, "exit %d: %s" % (code, said))
        with t.check("bondctl list names every member"):
            code, said = bonds.bondctl(lab.proxy, "list", ini)
            expect(code == 0, "exit %d: %s" % (code, said))
            for side in "AB":
                for family in (4, 6):
                    for transport in ("udp", "tcp", "tls"):
                        where = format_hostport(*bonds.member(side, family, transport))
                        expect(where in said, "no %s in: %s" % (where, said))


@group
def matrix_other_ways(t):
    """Where Kamailio is not told by its probe, each request is moved as it is sent."""
    with Lab() as lab:
        wires = {side: Wire(lab.peer[side]) for side in "AB"}
        for wire in wires.values():
            lab.closing(wire.close)
        for what, words, mhomed in (("mhomed=0", "", 0),
                                    ("probe = ignore", "[host]\nprobe = ignore\n", 1)):
            name = "mhomed%d" % mhomed
            ini = lab.write(name + ".ini", words + bonds.both())
            host = Kamailio(lab, name, ini=ini, mhomed=mhomed)
            seen = {row: watched_call(lab, wires, *row) for row in MATRIX[:12]}
            host.stop()
            lines = host.trace_lines()
            for row, there in seen.items():
                member = bonds.member(*row[:3])
                with t.check("%s, %s: from the member, and whole" % (what, name_of(row))):
                    expect_equal(there.hosts, {member[0]}, "source")
                    if row[2] == "udp":
                        expect_equal(there.sources, [member], "source")
                        _, verdict = bonds.verdict_of(lines, "udp", *there.place)
                        expect(verdict and not verdict.startswith("already right"),
                               "verdict: %s" % verdict)
                    expect(not there.trouble, there.trouble)
