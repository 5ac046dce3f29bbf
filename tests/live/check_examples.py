# SPDX-License-Identifier: MIT
"""Examples of config/ that belong to no user agent: whole calls through Kamailio with each of them as it stands,
but for the addresses, which are the lab's. That of OpenSIPS by a Kamailio of that name with its sockets: OpenSIPS is
not in Debian 12, see check_agent_opensips.py."""

from checks import expect, expect_equal, group
from lab.kamailio import Kamailio
from lab.message import format_hostport
from lab.network import FIRST, SECOND, THIRD, Lab, address
from lab.pair import Pair
from whole_calls import example

B2, B3 = address("B", 4, SECOND), address("B", 4, THIRD)
A2, A3 = address("A", 4, SECOND), address("A", 4, THIRD)
SIX = address("B", 6, SECOND)


class AtSipPort(Pair):
    def __init__(self, *args):
        ports, Pair.ports = Pair.ports, 5058
        super().__init__(*args)
        Pair.ports = ports


def listen(*members):
    """Those, and the sockets at which callers reach the host."""
    own = ["udp:" + format_hostport(address(s, f, FIRST), 5060) for s in "AB" for f in (4, 6)]
    return "\n".join("listen=" + m for m in own + list(members))


def calls(t, lab, what, expected):
    """A whole call of A to B by each transport and family: from where each request came. A connection to anywhere is
    routed at a port of SIP."""
    for transport, family, member in expected:
        with (AtSipPort if transport == "tcp" else Pair)(lab, "A", family, "B", family) as pair, \
                t.check("%s: A to B by %s and IPv%d" % (what, transport, family), pair.transcript):
            call, far = pair.connect(transport)
            far.bye()
            call.wait_bye()
            sources = {s if transport == "udp" else s[0] for s in pair.sources(pair.bob)}
            expect_equal(sources, {member if transport == "udp" else member[0]}, "source")
            pair.no_problems()


def inward(t, lab, what, member):
    with Pair(lab, "B", 4, "A", 4) as pair, t.check(what + ": B to A by udp", pair.transcript):
        call, far = pair.connect()
        call.bye()
        far.wait_bye()
        expect_equal(pair.sources(pair.bob), {member}, "source")
        pair.no_problems()


@group(seconds=60)
def examples(t):
    with Lab() as lab:
        ini = example("article.ini", {"1.2.3.4": B2, "1.2.3.9": B3, "2001:db8:1234:5678::1": SIX,
                                      "10.10.0.3": A3, "10.10.0.5": A2})
        host = Kamailio(lab, "article", mhomed=0, ini=lab.write("article.ini", ini), listen=listen(
            "udp:%s:5060" % B2, "tcp:%s:5060" % B3, "tls:[%s]:5061" % SIX, "udp:%s:5060" % A3, "tcp:%s:5060" % A2))
        calls(t, lab, "article.ini", (("udp", 4, (B2, 5060)), ("tcp", 4, (B3, 5060))))
        inward(t, lab, "article.ini", (A3, 5060))
        host.stop()

        ini = example("bond.ini", {"203.0.113.10": B2, "2001:db8:a::10": SIX, "10.10.0.4": A2, "10.10.0.5": A2,
                                   "192.0.2.53": "127.0.0.53"})
        host = Kamailio(lab, "commented", ini=lab.write("bond.ini", ini), listen=listen(
            "udp:%s:5060" % B2, "udp:[%s]:5060" % SIX, "tcp:%s:5060" % B2, "tls:%s:5061" % B2,
            "tls:[%s]:5061" % SIX, "udp:%s:5060" % A3, "tcp:%s:5060" % A2, "udp:%s:5070" % A3))
        calls(t, lab, "bond.ini", (("udp", 4, (B2, 5060)), ("udp", 6, (SIX, 5060)), ("tcp", 4, (B2, 5060))))
        inward(t, lab, "bond.ini", (A3, 5060))
        host.stop()

        opensips(t, lab)


def opensips(t, lab):
    ini = example("opensips.ini", {"198.51.100.10": B2, "2001:db8:a::10": SIX, "10.30.0.10": A2,
                                   "10.30.0.0/16": "10.10.0.0/24"})
    sockets = ["udp:%s:5060" % B2, "tcp:%s:5060" % B2, "tls:[%s]:5061" % SIX, "udp:%s:5060" % A2, "udp:%s:5070" % A2]
    host = Kamailio(lab, "opensips", ini=lab.write("opensips.ini", ini), listen=listen(*sockets),
                    wrap=("bash", "-c", 'exec -a opensips "$0" "$@"'),
                    script='if ($rU == "script") $fs = "udp:%s:5070";' % A2)
    calls(t, lab, "opensips.ini", (("udp", 4, (B2, 5060)), ("tcp", 4, (B2, 5060))))
    inward(t, lab, "opensips.ini", (A2, 5060))
    with t.check("opensips.ini: the script chooses the bond by its handle socket", lambda: lab.read(host.trace)):
        with Pair(lab, "A", 4, "B", 4) as pair:
            pair.alice.invite("sip:script@%s" % format_hostport(pair.bob.host, pair.bob.port_of("udp")),
                              route=["sip:%s;lr" % pair.proxy])
            pair.bob.expect_call()
            expect_equal(pair.sources(pair.bob), {(B2, 5060)}, "source")
        expect(any("route by-script" in line for line in host.trace_lines()), "route by-script took nothing")
    host.stop()
