# SPDX-License-Identifier: MIT
"""Routes by domain, with a real name server: Kamailio's own resolver chooses the next hop, and the
bond follows what DNS says of it."""

import bonds
from checks import expect, expect_equal, group
from kamailio import Kamailio
from lab import FIRST, PEER, PEER2, Lab, address, wait_until
from ua import UA
from wire import Wire

ONE = {f: address("B", f, PEER) for f in (4, 6)}
TWO = {f: address("B", f, PEER2) for f in (4, 6)}
NAMES = ["carrier%d.test" % n for n in range(1, 10)]
ZONE = """
one4 A    {one4}
one6 AAAA {one6}
two4 A    {two4}
two6 AAAA {two6}
carrier1 NAPTR 10 10 "s" "SIPS+D2T" "" _sips._tcp.carrier1
carrier1 NAPTR 20 10 "s" "SIP+D2U" "" _sip._udp.carrier1
_sips._tcp.carrier1 SRV 10 0 5070 one6
_sip._udp.carrier1 SRV 10 0 5060 one4
_sip._udp.carrier2 SRV 10 0 5060 one4
_sip._udp.carrier2 SRV 20 0 5060 two4
carrier3 A {one4}
carrier4 AAAA {one6}
carrier5 A {two4}
carrier5 AAAA {two6}
""".format(one4=ONE[4], one6=ONE[6], two4=TWO[4], two6=TWO[6])


class Carriers:
    """The carriers' hosts and a caller behind Kamailio."""

    def __init__(self, lab):
        self.lab = lab
        self.wire = Wire(lab.peer["B"])
        lab.closing(self.wire.close)
        self.hosts = {}
        for host in list(ONE.values()) + list(TWO.values()):
            self.start(host)
        self.start(ONE[6], 5070, ("tls",))
        self.alice = UA(address("A", 4, PEER), user="alice", t1=0.5,
                        make_socket=lab.peer["A"].socket)
        lab.closing(self.alice.close)
        self.mark = 0

    def start(self, host, port=5060, transports=("udp", "tcp")):
        ua = UA(host, port, "carrier", transports=transports, tls=self.lab.certificate(),
                make_socket=self.lab.peer["B"].socket, hosts={n: host for n in NAMES})
        self.hosts[host, port] = ua
        self.lab.closing(ua.close)

    def options(self, uri):
        self.mark = self.wire.mark()
        return self.alice.options(uri, timeout=8,
                                  route=["sip:%s;lr" % address("A", 4, FIRST)]).status

    def sources(self, transport, place):
        return sorted({a for a, _ in
                       self.wire.sources(transport, place, b"OPTIONS", self.mark)})

    def transcript(self):
        return "\n".join(ua.transcript() for ua in list(self.hosts.values()) + [self.alice])


def ini(*domains, families=(4, 6), more=""):
    return bonds.bond("B", families=families) + "[route:carriers]\nto = %s\nbond = external\n%s" % (
        ", ".join(domains), more)


def known(lab, host, count=1):
    """Waits until the look-ups are done: the trace has no word on that; DNS answers at once."""


@group
def domains(t):
    with Lab() as lab:
        lab.dns(ZONE)
        c = Carriers(lab)
        host = Kamailio(lab, "dns", ini=lab.write("dns.ini", ini(
            "carrier1.test", "carrier2.test", "carrier3.test", "carrier4.test",
            "carrier5.test")))
        rows = (("carrier1.test", "tls", (ONE[6], 5070), "NAPTR to TLS on IPv6"),
                ("carrier1.test;transport=udp", "udp", (ONE[4], 5060), "its SRV over UDP"),
                ("carrier2.test", "udp", (ONE[4], 5060), "SRV over UDP"),
                ("carrier3.test", "udp", (ONE[4], 5060), "A only"),
                ("carrier3.test;transport=tcp", "tcp", (ONE[4], 5060), "A only, TCP"),
                ("carrier4.test", "udp", (ONE[6], 5060), "AAAA only"),
                ("carrier4.test;transport=tcp", "tcp", (ONE[6], 5060), "AAAA only, TCP"))
        for name, transport, place, what in rows:
            with t.check("%s: leaves from the member" % what, c.transcript):
                expect_equal(c.options("sip:bob@" + name), 200, "answer")
                family = 6 if ":" in place[0] else 4
                expect_equal(c.sources(transport, place),
                             [bonds.member("B", family, transport)[0]], "source")
        host.stop()
        with t.check("the trace names the domain"):
            line, verdict = bonds.verdict_of(host.trace_lines(), "tls", ONE[6], 5070)
            expect(line, "no traced call")
            expect("via DNS of carrier1.test" in verdict, verdict)
