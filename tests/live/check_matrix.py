# SPDX-License-Identifier: MIT
"""Calls by sipp through Kamailio to every transport, family and side: from which address?"""

import bonds
from checks import expect, expect_equal, group
from kamailio import Kamailio
from lab import PEER, Lab, address
from message import format_hostport
from sipp import watched_call
from wire import Wire

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
        seen_bare = {row: watched_call(lab, wires, *row, patience=1)[0] for row in MATRIX}
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
            sources, place, whole = seen[row]
            with t.check("%s: bare leaves from another address" % name_of(row)):
                expect(seen_bare[row], "bare Kamailio sent nothing")
                expect(wanted not in [a for a, _ in seen_bare[row]],
                       "bare Kamailio sends from the member too: %s" % seen_bare[row])
            with t.check("%s: the peer sees the member" % name_of(row)):
                expect(sources, "nothing came")
                expect_equal({a for a, _ in sources}, {wanted}, "source")
                if transport == "udp":
                    expect_equal(sources, [(wanted, wanted_port)], "source")
            with t.check("%s: the call is whole" % name_of(row)):
                expect(whole, "sipp did not get its whole call")
            with t.check("%s: the trace's verdict says so" % name_of(row)):
                _, verdict = bonds.verdict_of(lines, transport, *place)
                expect(verdict, "no verdict for %s" % bonds.destination(transport, *place))
                expect("%s %s" % (bonds.BOND_OF[side], bonds.member_text(side, family, transport))
                       in verdict, "verdict is: " + verdict)
            with t.check("%s: bondctl explain agrees" % name_of(row)):
                dest = bonds.destination(transport, *place)
                code, said = bonds.bondctl(lab.proxy, "explain", ini, dest)
                expect(code == 0, "bondctl explain %s: exit %d: %s" % (dest, code, said))
                expect(bonds.member_text(side, family, transport) in said,
                       "it says: " + said)

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
