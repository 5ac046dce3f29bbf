# SPDX-License-Identifier: MIT
"""A destination for which the bond has no member, and Kamailio's failover along DNS."""

from checks import expect, expect_equal, group
from lab import bonds
from lab.kamailio import Kamailio
from lab.network import FIRST, PEER, PEER2, Lab, address
from lab.ua import UA
from lab.wire import Wire

# The first target of each transport has only an IPv6 address, the second only an IPv4 one.
ZONE = """
six   AAAA {six}
four  A    {four}
_sip._udp.carrier SRV 10 0 5060 six
_sip._udp.carrier SRV 20 0 5060 four
_sip._tcp.carrier SRV 10 0 5060 six
_sip._tcp.carrier SRV 20 0 5060 four
both NAPTR 10 0 "s" "SIP+D2T" "" _sip._tcp.carrier
both NAPTR 20 0 "s" "SIP+D2U" "" _sip._udp.carrier
""".format(six=address("B", 6, PEER), four=address("B", 4, PEER2))
FOUR, SIX = (address("B", 4, PEER2), 5060), (address("B", 6, PEER), 5060)
MEMBER_V4, MEMBER_V6 = bonds.member("B", 4, "udp"), bonds.member("B", 6, "udp")


class Carrier:
    """The carrier's two hosts, and a caller."""

    def __init__(self, lab):
        self.wire = Wire(lab.peer["B"])
        lab.closing(self.wire.close)
        make_socket = lab.peer["B"].socket
        self.hosts = [UA(host, port, "carrier", make_socket=make_socket,
                         hosts={"carrier.test": host, "both.test": host})
                      for host, port in (SIX, FOUR)]
        self.alice = UA(address("A", 4, PEER), user="alice", t1=0.5,
                        make_socket=lab.peer["A"].socket)
        for ua in self.hosts + [self.alice]:
            lab.closing(ua.close)
        self.mark = 0

    def options(self, transport, name="carrier.test"):
        self.mark = self.wire.mark()
        param = ";transport=" + transport if transport else ""
        return self.alice.options("sip:bob@%s%s" % (name, param), timeout=8,
                                  route=["sip:%s;lr" % address("A", 4, FIRST)]).status

    def sources(self, transport, place):
        return self.wire.sources(transport, place, b"OPTIONS", self.mark)

    def hosts_of(self, transport, place):
        return [a for a, _ in self.sources(transport, place)]

    def transcript(self):
        return "\n".join(ua.transcript() for ua in self.hosts + [self.alice])


@group
def failover(t):
    with Lab() as lab:
        lab.dns(ZONE)
        carrier = Carrier(lab)
        names = (("udp", "carrier.test", "udp", "SRV, UDP"),
                 ("tcp", "carrier.test", "tcp", "SRV, TCP"),
                 (None, "both.test", "tcp", "NAPTR and SRV"))

        host = Kamailio(lab, "bare")
        for param, name, transport, what in names:
            with t.check(what + ": bare Kamailio sends to the first target",
                         carrier.transcript):
                expect_equal(carrier.options(param, name), 200, "answer")
                expect(carrier.sources(transport, SIX), "nothing came to the first target")
                expect_equal(carrier.sources(transport, FOUR), [], "source at the second")
        host.stop()

        ini = lab.write("fail.ini", bonds.bond("B", families=(4,)) + bonds.route("B"))
        host = Kamailio(lab, "fail", ini=ini)
        for param, name, transport, what in names:
            with t.check(what + ": no member for the first target, the second is taken",
                         carrier.transcript):
                expect_equal(carrier.options(param, name), 200, "answer")
                expect_equal(carrier.sources(transport, SIX), [], "source at the first target")
                expect_equal(carrier.hosts_of(transport, FOUR), [MEMBER_V4[0]], "source")
        host.stop()
        for transport in ("udp", "tcp"):
            with t.check("%s: the host was told ENETUNREACH" % transport.upper()):
                line, verdict = bonds.verdict_of(host.trace_lines(), transport, *SIX)
                expect(line, "no traced call to %s" % SIX[0])
                expect("= -1 ENETUNREACH" in line, "line: " + line)
                expect(verdict.startswith("no member") and "%s IPv6" % transport in verdict,
                       "verdict: " + verdict)

        ini = lab.write("pass.ini", bonds.bond("B", families=(4,), extra="no-member = pass")
                        + bonds.route("B"))
        host = Kamailio(lab, "pass", ini=ini)
        for param, name, transport, what in names:
            with t.check(what + ": with no-member = pass the first target, as bare",
                         carrier.transcript):
                expect_equal(carrier.options(param, name), 200, "answer")
                expect_equal(carrier.hosts_of(transport, SIX), [address("B", 6, FIRST)], "source")
        host.stop()

        ini = lab.write("both.ini", bonds.bond("B") + bonds.route("B"))
        host = Kamailio(lab, "both", ini=ini)
        for param, name, transport, what in names:
            with t.check(what + ": with a member of each family the first target, by its member",
                         carrier.transcript):
                expect_equal(carrier.options(param, name), 200, "answer")
                expect_equal(carrier.hosts_of(transport, SIX), [MEMBER_V6[0]], "source")
        host.stop()

        with t.check("a request of which every target is without member fails at once",
                     carrier.transcript):
            ini = lab.write("none.ini", bonds.bond("B", transports=("tls",)) + bonds.route("B"))
            host = Kamailio(lab, "none", ini=ini)
            status = carrier.options("udp")
            expect(status >= 400, "answer is %d" % status)
            expect_equal(carrier.wire.seen(after=carrier.mark), [], "what reached the carrier")
            host.stop()
