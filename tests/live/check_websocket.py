# SPDX-License-Identifier: MIT
"""Calls between WebSocket and UDP through a Kamailio that knows one address a network: a client at a member
that libbond opens, whose strict peer goes only where the headers say."""

from functools import partial

from checks import expect_equal, group
from lab.kamailio import Kamailio
from lab.message import format_hostport
from lab.network import FIRST, PEER, SECOND, Lab, address
from lab.ua import UA
from lab.websocket import WebSocketUA
from strict_calls import busy, cancelled, detail, whole

WS = 8080
MODULES = 'loadmodule "xhttp.so"\nloadmodule "websocket.so"\n'
SCRIPT = """event_route[xhttp:request] {
	if ($hdr(Upgrade) =~ "websocket" && ws_handle_handshake())
		exit;
	xhttp_reply("404", "Not Found", "", "");
}
"""


def ini(lab):
    lines = ["[bond:internal]"]
    lines += ["member = ws:%s open" % format_hostport(address("A", 4, SECOND), WS),
              "member = ws:%s" % format_hostport(address("A", 4, FIRST), WS),
              "[bond:external]",
              "member = udp:%s" % format_hostport(address("B", 4, SECOND)),
              "[route:b]", "to = %s" % address("B", 4, PEER), "bond = external"]
    return lab.write("bond.ini", "\n".join(lines) + "\n")


def listen():
    return "\n".join(["listen=udp:%s" % format_hostport(address("A", 4, FIRST), 5060),
                      "listen=udp:%s" % format_hostport(address("B", 4, FIRST), 5060),
                      "listen=udp:%s" % format_hostport(address("B", 4, SECOND), 5060),
                      "listen=tcp:%s" % format_hostport(address("A", 4, FIRST), WS)])


def calls(caller, called, uri):
    return (("whole", lambda: whole(caller, called, uri)),
            ("BYE from the called side", lambda: whole(caller, called, uri, by_called=True)),
            ("CANCEL", lambda: cancelled(caller, called, uri)),
            ("486", lambda: busy(caller, called, uri)))


@group(seconds=60)
def ws_kamailio(t):
    with Lab() as lab:
        host = Kamailio(lab, ini=ini(lab), mhomed=0, modules="tcp_accept_no_cl=yes\n" + MODULES, listen=listen(),
                        events=SCRIPT)
        member = address("A", 4, SECOND), WS
        alice = WebSocketUA(address("A", 4, PEER), 5090, "alice", transports=(),
                            make_socket=lab.peer["A"].socket)
        bob = UA(address("B", 4, PEER), user="bob", make_socket=lab.peer["B"].socket)
        peers = (alice, bob)
        for peer in peers:
            lab.closing(peer.close)
        route = ["sip:%s;transport=ws;lr" % format_hostport(*member)]
        with t.check("ws: OPTIONS", lambda: detail(lab, host, peers, 6000)):
            expect_equal(alice.options("sip:here@%s;transport=ws" % format_hostport(*member)).status,
                         200, "answer")
        alice.invite = partial(alice.invite, route=route)
        bob.invite = partial(bob.invite, route=["sip:%s;lr" % address("B", 4, SECOND)])
        for caller, called, way, uri in ((alice, bob, "ws to udp", "sip:bob@%s" % bob.host),
                                         (bob, alice, "udp to ws", "sip:alice@%s;transport=ws" %
                                          format_hostport(alice.host, 5090))):
            for name, call in calls(caller, called, uri):
                with t.check("%s: %s" % (way, name), lambda: detail(lab, host, peers, 6000)):
                    call()
                    expect_equal([p.problems for p in peers], [[], []], "problems")
        host.stop()
