# SPDX-License-Identifier: MIT
"""Routes by domain, with a real name server: Kamailio's own resolver chooses the next hop, and the
bond follows what DNS says of it."""

from checks import expect, expect_equal, group
from lab import bonds
from lab.kamailio import Kamailio
from lab.network import FIRST, PEER, PEER2, Lab, address, wait_until
from lab.ua import UA
from lab.wire import Wire

ONE = {f: address("B", f, PEER) for f in (4, 6)}
TWO = {f: address("B", f, PEER2) for f in (4, 6)}
NAMES = ["carrier%d.test" % n for n in range(1, 10)] + ["refused.test", "dead.test", "east.pool.test", "lone.test"]
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
_sip._tcp.carrier6 SRV 10 0 5060 one4
carrier6 NAPTR 10 10 "s" "SIP+D2T" "" _sip._tcp.carrier6
_sip._udp.carrier7 SRV 10 0 5060 one6
_sip._udp.carrier8 SRV 10 0 5099 one4
_sip._udp.carrier8 SRV 20 0 5060 two6
_sip._udp.carrier9 SRV 10 0 5099 one4
_sip._udp.carrier9 SRV 20 0 5060 two4
refused NAPTR 10 10 "s" "SIP+D2T" "" _sip._tcp.refused
refused NAPTR 20 10 "s" "SIP+D2U" "" _sip._udp.refused
_sip._tcp.refused SRV 10 0 5099 one4
_sip._udp.refused SRV 10 0 5060 two4
_sip._udp.dead SRV 10 0 5099 one4
east.pool A {one4}
lone A {two4}
""".format(one4=ONE[4], one6=ONE[6], two4=TWO[4], two6=TWO[6])


class Carriers:
    """The carriers' hosts and a caller behind Kamailio."""

    def __init__(self, lab, names=NAMES):
        self.lab, self.names = lab, names
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
                tls_port=port if transports == ("tls",) else None,
                make_socket=self.lab.peer["B"].socket, hosts={n: host for n in self.names})
        self.hosts[host, port] = ua
        self.lab.closing(ua.close)

    def options(self, uri):
        self.mark = self.wire.mark()
        self.before = self.counts()
        return self.alice.options(uri, timeout=8,
                                  route=["sip:%s;lr" % address("A", 4, FIRST)]).status

    def hang_up(self):
        """Ends the connections with Kamailio, so that the next request opens one."""
        for ua in self.hosts.values():
            ua.hang_up()
        wait_until(lambda: not self.lab.proxy.run(
            ["ss", "-tnH", "state", "established", "state", "close-wait"]).stdout,
            10, "end of Kamailio's connections")

    def counts(self):
        return {place: len(ua.received("OPTIONS")) for place, ua in self.hosts.items()}

    def taken_at(self):
        """The places that the last request came to, whole."""
        return [place for place, n in self.counts().items() if n > self.before[place]]

    def sources(self, transport, place):
        return sorted({a for a, _ in
                       self.wire.sources(transport, place, b"OPTIONS", self.mark)})

    def transcript(self):
        return "\n".join(ua.transcript() for ua in list(self.hosts.values()) + [self.alice])


def ini(*domains, families=(4, 6), more=""):
    return bonds.bond("B", families=families) + "[route:carriers]\nto = %s\nbond = external\n%s" % (
        ", ".join(domains), more)


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
                leaves(c, "sip:bob@" + name, transport, place)
        host.stop()
        with t.check("the trace names the domain"):
            line, verdict = bonds.verdict_of(host.trace_lines(), "tls", ONE[6], 5070)
            expect(line, "no traced call")
            expect("via DNS of carrier1.test" in verdict, verdict)


A6, A4 = (ONE[6], 5060), (ONE[4], 5060)
B6, B4 = (TWO[6], 5060), (TWO[4], 5060)
DEAD = (ONE[4], 5099)


def leaves(c, uri, transport, place, no=()):
    """A request to the URI is answered; it came to the place from the member of that family, and
    nothing came to the other places."""
    expect_equal(c.options(uri), 200, "answer")
    expect_equal(c.taken_at(), [place], "where it was taken")
    family = 6 if ":" in place[0] else 4
    expect_equal(c.sources(transport, place), [bonds.member("B", family, transport)[0]], "source")
    for other_transport, other in no:
        expect_equal(c.sources(other_transport, other), [], "source at " + other[0])


def nowhere(c, uri):
    status = c.options(uri)
    expect(status >= 400, "answer is %d" % status)
    expect_equal(c.wire.seen(after=c.mark, starts=b"OPTIONS"), [], "what left for the carriers")


@group(seconds=150)
def domain_failover(t):
    """What a proxy with bonds of its own is expected to do along DNS."""
    with Lab() as lab:
        lab.dns(ZONE)
        c = Carriers(lab)
        script = {"script": """
	if ($rd == "dead.test")
		t_on_failure("NEXT");
""", "parameters": """
failure_route[NEXT] {
	$ru = "sip:bob@carrier4.test";
	t_relay();
}
"""}
        host = Kamailio(lab, "both", ini=lab.write("both.ini", ini(*NAMES)), **script)
        rows = (("A", "carrier3.test", "udp", A4, None),
                ("NAPTR to TCP", "carrier6.test", "tcp", A4, None),
                ("SRV to IPv6", "carrier7.test", "udp", A6, None),
                ("dual-stack", "carrier5.test", "udp", B4, None),
                ("IPv4 dead, then IPv6", "carrier8.test", "udp", B6, DEAD),
                ("IPv4 dead, then IPv4", "carrier9.test", "udp", B4, DEAD),
                ("TCP refused, then UDP", "refused.test", "udp", B4, None),
                ("serial fork to the other family", "dead.test", "udp", A6, DEAD))
        for what, name, transport, place, dead in rows:
            with t.check(what, c.transcript):
                leaves(c, "sip:bob@" + name, transport, place)
                if dead:
                    expect_equal(c.sources("udp", dead), [bonds.member("B", 4, "udp")[0]],
                                 "source towards the dead one")
        host.stop()
        host = Kamailio(lab, "six", ini=lab.write("six.ini", ini(*NAMES, families=(6,))))
        with t.check("dual-stack, a bond of IPv6", c.transcript):
            leaves(c, "sip:bob@carrier5.test", "udp", B6, no=[("udp", B4)])
        with t.check("an IPv4 carrier, a bond of IPv6: nothing leaves", c.transcript):
            nowhere(c, "sip:bob@carrier3.test")
        host.stop()
        host = Kamailio(lab, "four", ini=lab.write("four.ini", ini(*NAMES, families=(4,))))
        with t.check("an IPv6 carrier, a bond of IPv4: nothing leaves", c.transcript):
            nowhere(c, "sip:bob@carrier4.test")
        host.stop()
        udp = bonds.bond("B", transports=("udp",)) + ini(*NAMES).partition("[route")[1] + \
            ini(*NAMES).partition("[route")[2]
        host = Kamailio(lab, "udp", ini=lab.write("udp.ini", udp))
        with t.check("a TCP carrier, a bond of UDP: nothing leaves", c.transcript):
            nowhere(c, "sip:bob@carrier6.test")
        host.stop()


@group(seconds=60)
def domain_learning(t):
    """What the host itself looks up is known too; nothing else is, while no server answers libbond."""
    with Lab() as lab:
        lab.dns(ZONE)
        c = Carriers(lab)
        host = Kamailio(lab, "learning", ini=lab.write("learning.ini", ini(
            "*.pool.test", "lone.test", "never.test",
            more="[dns]\nserver = 127.0.0.77:5399\n")))
        with t.check("a connection elsewhere: no answer yet", c.transcript):
            expect_equal(c.options("sip:bob@%s;transport=tcp" % TWO[6].join("[]")), 200, "answer")
            expect_equal(c.sources("tcp", B6), [address("B", 6, FIRST)], "source")
        with t.check("a wildcard: the host's look-up tells its connection's address",
                     c.transcript):
            leaves(c, "sip:bob@east.pool.test;transport=tcp", "tcp", A4)
        with t.check("a wildcard, UDP", c.transcript):
            leaves(c, "sip:bob@east.pool.test", "udp", A4)
        with t.check("a domain without answer: the host's look-up tells", c.transcript):
            leaves(c, "sip:bob@lone.test;transport=tcp", "tcp", B4)
            leaves(c, "sip:bob@lone.test", "udp", B4)
        host.stop()
        lines = host.trace_lines()
        with t.check("the trace says what is known"):
            calls = [x for x in lines if " connect(" in x and TWO[6] in x]
            expect(calls and "no DNS answer for lone.test" in calls[0], "; ".join(calls[:2]))
            calls = [x for x in lines if " connect(" in x and ONE[4] in x]
            expect(calls and "via DNS of *.pool.test" in calls[0], "; ".join(calls[:2]))
            expect(any("lone.test: " in x and x.startswith("libbond[") for x in lines),
                   "no word of the servers that cannot be reached")


@group(seconds=60)
def own_resolvers(t):
    """Programs that bring a c-ares of their own use theirs, libbond its own."""
    with Lab() as lab:
        lab.dns(ZONE)
        c = Carriers(lab)
        path = lab.write("own.ini", ini("carrier3.test"))
        with t.check("node, c-ares in the program"):
            done = lab.proxy.run(bonds.bondrun(path) + ["node", "-e", """
const dns = require("dns");
const look = n => dns.resolve4("carrier3.test", (e, a) => {
    console.log(e ? e.code : a.join());
    if (n)
        setTimeout(look, 50, n - 1);
});
look(5);
"""])
            expect_equal((done.returncode, done.stdout), (0, (ONE[4] + "\n") * 6),
                         "what it found: " + done.stderr[-300:])
        with t.check("sipsak, libcares.so.2", c.transcript):
            c.mark = c.wire.mark()
            done = lab.proxy.run(bonds.bondrun(path) + ["sipsak", "-s", "sip:bob@carrier3.test"])
            expect_equal(done.returncode, 0, "exit status: " + done.stdout[-300:] + done.stderr)
            expect_equal(c.sources("udp", A4), [bonds.member("B", 4, "udp")[0]], "source")
