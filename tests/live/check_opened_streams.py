# SPDX-License-Identifier: MIT
"""Connections below TLS and WebSocket to a Kamailio of one listener a transport, whose members are opened:
they are heard, accepted under the listener's name, and carry both ways. And its own connections by TLS
leave from the member. What is inside is the program's."""

import base64
import os
import socket
import ssl
import struct

from checks import expect, expect_equal, group
from crossing import Crossing
from lab import bonds
from lab.kamailio import Kamailio
from lab.message import format_hostport
from lab.network import FIRST, PEER, SECOND, address, wait_until
from lab.ua import UA

PORTS = {"tls": 5061, "ws": 8080, "wss": 8443}
BELOW = {"tls": "tls", "ws": "tcp", "wss": "tls"}
FAMILIES = (4, 6)
WORLD = {
    "modules": 'loadmodule "usrloc.so"\nloadmodule "registrar.so"\nloadmodule "nathelper.so"\n'
               'loadmodule "xhttp.so"\nloadmodule "websocket.so"',
    "parameters": """tcp_accept_no_cl=yes
modparam("usrloc", "db_mode", 0)
modparam("nathelper|registrar", "received_avp", "$avp(received)")
event_route[xhttp:request] {
	xlog("L_WARN", "ACCEPTED $Ri $Rp\\n");
	ws_handle_handshake();
}
""",
    "register": '\txlog("L_WARN", "ACCEPTED $Ri $Rp\\n");\n'
                '\tif (is_method("REGISTER")) {\n\t\tfix_nated_register();\n\t\tsave("location");\n'
                '\t\texit;\n\t}\n',
    "script": '\tif ($rU =~ "^phone") {\n\t\tif (!lookup("location")) {\n'
              '\t\t\tsl_send_reply("404", "Not Found");\n\t\t\texit;\n\t\t}\n\t}\n'}


def door(family):
    return address("B", family, SECOND)


def own(family):
    return address("A", family, FIRST)


def listen():
    places = [(t, own(f), 5060) for t in ("udp", "tcp") for f in FAMILIES]
    places += [(BELOW[t], own(f), port) for t, port in PORTS.items() for f in FAMILIES]
    return "\n".join("listen=%s:%s" % (t, format_hostport(h, p)) for t, h, p in places)


def ini(way):
    return "[bond:external]\n" + "".join("member = %s:%s open=%s\n" % (t, format_hostport(door(f), port), way)
                                         for t, port in PORTS.items() for f in FAMILIES) + bonds.route("B")


class Client:
    """A connection of a peer in B to one of the members: plain, or in TLS."""

    def __init__(self, lab, transport, family):
        self.transport, self.family = transport, family
        kind = socket.AF_INET6 if family == 6 else socket.AF_INET
        self.sock = lab.peer["B"].socket(kind, socket.SOCK_STREAM)
        self.sock.settimeout(10)
        self.sock.bind((address("B", family, PEER), 0))
        self.sock.connect((door(family), PORTS[transport]))
        self.me = format_hostport(*self.sock.getsockname()[:2])
        if BELOW[transport] == "tls":
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            self.sock = context.wrap_socket(self.sock)
        self.stream = self.sock.makefile("rb")
        if transport != "tls":
            self.upgrade()

    def upgrade(self):
        """To WebSocket with the subprotocol of SIP (RFC 7118)."""
        key = base64.b64encode(os.urandom(16)).decode()
        self.sock.sendall(("GET / HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                           "Sec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\nOrigin: http://bond.test\r\n"
                           "Sec-WebSocket-Protocol: sip\r\n\r\n" % (
                               format_hostport(door(self.family), PORTS[self.transport]), key)).encode())
        head = self.head()
        expect(head.startswith("HTTP/1.1 101"), "the handshake gets %s" % head)

    def head(self):
        lines = []
        while not lines or lines[-1] not in (b"\r\n", b""):
            lines.append(self.stream.readline())
        return b"".join(lines).decode()

    def send(self, text):
        data = text.encode()
        if self.transport != "tls":
            mask = os.urandom(4)
            data = b"\x81" + struct.pack("!BH", 0x80 | 126, len(data)) + mask + bytes(
                byte ^ mask[i % 4] for i, byte in enumerate(data))
        self.sock.sendall(data)

    def receive(self):
        """The next message, without a body where it comes by TLS (it has none)."""
        if self.transport == "tls":
            return self.head()
        while True:
            first, length = self.stream.read(2)
            if length == 126:
                length, = struct.unpack("!H", self.stream.read(2))
            data = self.stream.read(length)
            if first & 15 in (1, 2):
                return data.decode()

    def request(self, method, user):
        name = "sip:%s@bond.test" % user
        self.send("%s sip:%s SIP/2.0\r\nVia: SIP/2.0/%s %s;branch=z9hG4bK%s\r\nMax-Forwards: 9\r\n"
                  "From: <%s>;tag=1\r\nTo: <%s>\r\nCall-ID: %s\r\nCSeq: 1 %s\r\nContact: <sip:%s@%s;transport=%s>\r\n"
                  "Expires: 60\r\nContent-Length: 0\r\n\r\n" % (
                      method, "here@bond.test" if method == "OPTIONS" else "bond.test",
                      self.transport.upper(), self.me, os.urandom(6).hex(), name, name, os.urandom(6).hex(), method,
                      user, self.me, "tls" if self.transport == "tls" else "ws"))
        return self.receive()

    def close(self):
        self.stream.close()
        self.sock.close()


class Stage:
    def __init__(self, lab, way):
        self.lab = lab
        self.host = Kamailio(lab, lab.new_name(way), mhomed=0, listen=listen(), probe=own(4),
                             ini=lab.write(way + ".ini", ini(way)), **WORLD)
        self.inside = {f: UA(address("A", f, PEER), 5060, "caller", make_socket=lab.peer["A"].socket)
                       for f in FAMILIES}
        self.outside = {f: UA(address("B", f, PEER), 5060, "callee", make_socket=lab.peer["B"].socket,
                              transports=("tls",), tls=lab.certificate()) for f in FAMILIES}

    def heard(self, transport, family):
        """It is answered by the listener's name, and called by its connection."""
        where = "ACCEPTED %s %d" % (own(family), PORTS[transport])
        before = self.log().count(where)
        client = Client(self.lab, transport, family)
        try:
            answer = client.request("OPTIONS", "peer")
            expect(answer.startswith("SIP/2.0 200"), "OPTIONS gets %s" % answer)
            wait_until(lambda: self.log().count(where) > before, 10, where, self.host.child, self.log)
            user = "phone-%s-%d" % (transport, family)
            answer = client.request("REGISTER", user)
            expect(answer.startswith("SIP/2.0 200"), "REGISTER gets %s" % answer)
            self.inside[family].send_request("MESSAGE", "sip:%s@%s" % (user, format_hostport(own(family), 5060)))
            message = client.receive()
            expect(message.startswith("MESSAGE sip:%s@" % user), "it is sent %s" % message)
        finally:
            client.close()

    def calls(self, family):
        """The connection that the host makes by TLS leaves from the member, and is written and read."""
        mark = self.lab.wire.mark()
        callee = self.outside[family]
        uri = "sip:x@%s;transport=tls" % format_hostport(callee.host, PORTS["tls"])
        call = self.inside[family].invite(uri, route=["sip:%s;lr" % format_hostport(own(family), 5060)])
        there = callee.expect_call()
        there.reject(486)
        expect_equal(call.client.wait().status, 486, "the answer")
        came = {(s.src[0], s.device) for s in self.lab.wire.seen(after=mark) if s.dst == (callee.host, PORTS["tls"])}
        expect_equal(came, {(door(family), "eth-b")}, "what the connection came from")

    def log(self):
        return self.lab.read(self.host.log)

    def detail(self):
        return self.log()[-4000:] + "\n--- trace\n" + self.lab.read(self.host.trace)[-3000:]

    def close(self):
        self.host.stop()
        for peer in list(self.inside.values()) + list(self.outside.values()):
            peer.close()


@group(seconds=40)
def opened_streams(t):
    with Crossing() as lab:
        for way in ("filter", "sk_lookup"):
            stage = Stage(lab, way)
            for family in FAMILIES:
                for transport in PORTS:
                    with t.check("%s, IPv%d: %s comes in on its member, and is used the other way" % (
                            way, family, transport), stage.detail):
                        stage.heard(transport, family)
                with t.check("%s, IPv%d: tls leaves from its member" % (way, family), stage.detail):
                    stage.calls(family)
            with t.check("%s: no listener is missed" % way, stage.detail):
                expect("could not find corresponding" not in stage.log(), "Kamailio complains")
                expect(stage.host.child.poll() is None, "Kamailio has ended")
            stage.close()
