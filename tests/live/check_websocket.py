# SPDX-License-Identifier: MIT
"""Calls between WebSocket, bare and above TLS, and UDP through a Kamailio that knows one address a network:
a client at a member, whose strict peer goes only where the headers say."""

from functools import partial

from check_status import Status, members
from checks import expect_equal, group
from lab.kamailio import Kamailio
from lab.message import format_hostport
from lab.network import FIRST, PEER, SECOND, Lab, address
from lab.ua import UA
from lab.websocket import WebSocketUA
from strict_calls import busy, cancelled, detail, whole

PORT = {"ws": 8080, "wss": 8443}
CARRIER = {"ws": "tcp", "wss": "tls"}
MODULES = 'loadmodule "xhttp.so"\nloadmodule "websocket.so"\n'
SCRIPT = """event_route[xhttp:request] {
	if ($hdr(Upgrade) =~ "websocket" && ws_handle_handshake())
		exit;
	xhttp_reply("404", "Not Found", "", "");
}
"""


class Row:
    """What a client speaks, by which family, and whether the host listens on the member itself."""

    def __init__(self, transport, family, opened, extra=""):
        self.transport, self.family, self.opened, self.extra = transport, family, opened, extra
        self.port = PORT[transport]
        self.member = address("A", family, SECOND), self.port

    def __str__(self):
        return "%s, IPv%d, %s member" % (self.transport, self.family,
                                         "opened" if self.opened else "adopted")

    def ini(self, lab):
        lines = ["[bond:internal]",
                 "member = %s:%s%s" % (self.transport, format_hostport(*self.member),
                                       " open" if self.opened else ""),
                 "[bond:external]",
                 "member = udp:%s" % format_hostport(address("B", self.family, SECOND)),
                 "[route:b]", "to = %s" % address("B", self.family, PEER), "bond = external",
                 self.extra]
        return lab.write("bond.ini", "\n".join(lines) + "\n")

    def listen(self):
        carrier = CARRIER[self.transport]
        return "\n".join(
            ["listen=udp:%s" % format_hostport(address("A", self.family, FIRST), 5060),
             "listen=udp:%s" % format_hostport(address("B", self.family, FIRST), 5060),
             "listen=udp:%s" % format_hostport(address("B", self.family, SECOND), 5060),
             "listen=%s:%s" % (carrier, format_hostport(address("A", self.family, FIRST), self.port))]
            + ([] if self.opened
               else ["listen=%s:%s" % (carrier, format_hostport(*self.member))]))

    def probe(self):
        return address("A", self.family, FIRST)

    def start(self, lab, more="", lookup="", **others):
        # It would write its first listener's name, and look for the client's connection there.
        script = "" if self.opened else 'if ($rP =~ "^WS")\n\t\t$fs = "%s:%s";\n' % (
            CARRIER[self.transport], format_hostport(*self.member))
        return Kamailio(lab, lab.new_name("kamailio"), script=lookup + script, ini=self.ini(lab), mhomed=0,
                        modules="tcp_accept_no_cl=yes\n" + MODULES + more, listen=self.listen(),
                        events=SCRIPT, probe=self.probe(), **others)


def calls(caller, called, uri):
    return (("whole", lambda: whole(caller, called, uri)),
            ("BYE from the called side", lambda: whole(caller, called, uri, by_called=True)),
            ("CANCEL", lambda: cancelled(caller, called, uri)),
            ("486", lambda: busy(caller, called, uri)))


class Peers:
    ports = 5090

    def __init__(self, lab, row):
        Peers.ports += 2
        self.row = row
        self.alice = WebSocketUA(address("A", row.family, PEER), Peers.ports, "alice", transports=(),
                                 secure=row.transport == "wss", make_socket=lab.peer["A"].socket)
        self.bob = UA(address("B", row.family, PEER), user="bob", make_socket=lab.peer["B"].socket)
        self.both = self.alice, self.bob
        self.to_bob = "sip:bob@%s" % format_hostport(self.bob.host)
        self.to_alice = "sip:alice@%s;transport=ws" % format_hostport(self.alice.host, Peers.ports)
        self.alice.invite = partial(self.alice.invite, route=[
            "sip:%s;transport=ws;lr" % format_hostport(*row.member)])
        self.bob.invite = partial(self.bob.invite, route=[
            "sip:%s;lr" % format_hostport(address("B", row.family, SECOND))])

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        for peer in self.both:
            peer.close()

    def options(self):
        uri = "sip:here@%s;transport=ws" % format_hostport(*self.row.member)
        expect_equal(self.alice.options(uri).status, 200, "answer")

    def check(self):
        expect_equal([p.problems + p.errors for p in self.both], [[], []], "problems")


def check_both_ways(t, row, peers, show):
    with t.check("%s: OPTIONS" % row, show):
        peers.options()
    for caller, called, way, uri in (
            (peers.alice, peers.bob, "%s to udp" % row.transport, peers.to_bob),
            (peers.bob, peers.alice, "udp to %s" % row.transport, peers.to_alice)):
        for name, call in calls(caller, called, uri):
            with t.check("%s, %s: %s" % (row, way, name), show):
                call()
                peers.check()


def check_calls(t, lab, row):
    host = row.start(lab)
    with Peers(lab, row) as peers:
        check_both_ways(t, row, peers, lambda: detail(lab, host, peers.both, 6000))
    host.stop()


@group(seconds=120)
def ws_kamailio(t):
    with Lab() as lab:
        for row in (Row("ws", 4, True), Row("ws", 6, False), Row("wss", 4, False), Row("wss", 6, True)):
            check_calls(t, lab, row)


class ArrivalRow(Row):
    """Every request is decided by where it came in: no route says where to, and other listeners are for nobody."""

    def ini(self, lab):
        return lab.write("arrivals.ini", "\n".join((
            "[bond:internal]",
            "member = %s:%s" % (self.transport, format_hostport(*self.member)),
            "[bond:external]",
            "member = udp:%s" % format_hostport(address("B", self.family, SECOND)),
            "[route:inside-out]", "from = internal", "bond = external",
            "[route:outside-in]", "from = external", "bond = internal",
            "[host]", "header = X-Bond", "unknown = 403")) + "\n")

    def probe(self):
        return address("B", self.family, SECOND)

    def __str__(self):
        return "%s, IPv%d, by `from`" % (self.transport, self.family)


def check_refused(row, lab):
    """A client at the same port of the host's other address."""
    with Peers(lab, row) as peers:
        elsewhere = address("A", row.family, FIRST), row.port
        uri = "sip:here@%s;transport=ws" % format_hostport(*elsewhere)
        expect_equal(peers.alice.options(uri).status, 403, "answer")


@group(seconds=120)
def ws_arrivals(t):
    with Lab() as lab:
        for row in (ArrivalRow("wss", 4, False), ArrivalRow("wss", 6, False), ArrivalRow("ws", 4, False)):
            host = row.start(lab)
            with Peers(lab, row) as peers:
                show = lambda: detail(lab, host, peers.both, 6000)
                check_both_ways(t, row, peers, show)
            with t.check("%s: at a listener of no bond, 403" % row, show):
                check_refused(row, lab)
            with t.check("%s: status counts the connection above TLS at the member" % row, show):
                told = members(Status(lab).json(str(host.main_pid())))
                name = "%s:%s" % (row.transport, format_hostport(*row.member))
                expect_equal([told["internal", name]["counts"][x] for x in ("tls_begun", "tls_seen")],
                             [row.transport == "wss"] * 2, "begun and seen")
            host.stop()
