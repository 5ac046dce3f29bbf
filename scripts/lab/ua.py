# SPDX-License-Identifier: MIT
"""The strict SIP user agent: it sends only where Via, Record-Route and Contact say.

Most user agents hide a wrong header, because they answer to where a packet came
from. This one does not: a response goes to the sent-by of the topmost Via (to the
packet's source only if that Via asks for it by rport, RFC 3581), a request in a
dialog to its Route set or remote target, and a response whose topmost Via is not
this agent's own is dropped (RFC 3261 18.1.2). A call through it succeeds only if
every address in every header was right.

    bob = UA("203.0.113.9", user="bob", make_socket=b_peer.socket)
    alice = UA("10.10.0.9", user="alice", make_socket=a_peer.socket)
    call = alice.invite("sip:bob@203.0.113.9", route=["sip:10.10.0.2;lr"])
    there = bob.expect_call()
    there.ring(); there.answer()
    call.wait_answer(); there.wait_ack()
    there.bye(); call.wait_bye()
    assert not alice.problems and not bob.problems
"""

import ipaddress
import random
import time

from .message import DEFAULT_PORT, Message, Uri, format_hostport, token
from .transaction import ClientTransaction, ServerTransaction
from .transport import Endpoint

COOKIE = "z9hG4bK"
# Media go to where nobody is.
SDP = ("v=0\r\no=- 1 1 IN {0}\r\ns=-\r\nc=IN {0}\r\nt=0 0\r\n"
       "m=audio 49170 RTP/AVP 8 0\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n")


class Record:
    """One message that was sent, received or dropped."""

    def __init__(self, direction, message, packet, dropped=None):
        self.direction, self.message, self.packet, self.dropped = (direction, message, packet,
                                                                   dropped)
        self.time = time.monotonic()

    @property
    def source(self):
        """(address, port) that a received message came from."""
        return self.packet.remote

    def __repr__(self):
        arrow = "<-" if self.direction == "in" else "->"
        note = "  DROPPED: " + self.dropped if self.dropped else ""
        return "%s %r  %s%s" % (arrow, self.packet, self.message, note)


class Dialog:
    """RFC 3261 12: what requests in a dialog are made from."""

    def __init__(self, ua, call_id, local, remote, local_tag, remote_tag, target, routes, cseq,
                 caller):
        self.ua, self.call_id = ua, call_id
        self.caller = caller                     # whether the Call-ID is ours
        self.local, self.remote = local, remote  # From and To values, tags included
        self.local_tag, self.remote_tag = local_tag, remote_tag
        self.target = target                     # Uri of the peer's Contact
        self.routes = routes                     # [NameAddr], next hop first
        self.cseq = cseq

    @classmethod
    def of_response(cls, ua, request, response):
        return cls(ua, request.call_id, request.get("from"), response.get("to"),
                   request.from_tag, response.to_tag, response.contact.uri,
                   list(reversed(response.record_route)), request.cseq[0], True)

    @classmethod
    def of_request(cls, ua, request, tag):
        return cls(ua, request.call_id, "%s;tag=%s" % (request.get("to"), tag),
                   request.get("from"), tag, request.from_tag, request.contact.uri,
                   request.record_route, 0, False)

    @property
    def key(self):
        return self.call_id, self.local_tag, self.remote_tag

    def build(self, method, cseq=None, body=b""):
        """(request without Via, target) by RFC 3261 12.2.1.1."""
        if cseq is None:
            self.cseq += 1
            cseq = self.cseq
        routes = [str(r) for r in self.routes]
        uri = str(self.target)
        next_hop = self.target
        if self.routes:
            next_hop = self.routes[0].uri
            if "lr" not in next_hop.params:  # strict router
                uri = str(next_hop)
                routes = routes[1:] + ["<%s>" % self.target]
        request = Message(method, uri)
        for route in routes:
            request.add("Route", route)
        request.add("From", self.local).add("To", self.remote).add("Call-ID", self.call_id)
        request.add("CSeq", "%d %s" % (cseq, method)).add("Max-Forwards", "70")
        request.body = body
        transport = next_hop.transport
        if method in ("INVITE", "UPDATE", "SUBSCRIBE", "NOTIFY"):
            request.add("Contact", self.ua.contact(transport))
        if body:
            request.add("Content-Type", "application/sdp")
        return request, next_hop.target


class Call:
    """An INVITE and its dialog, seen from either side."""

    def __init__(self, ua):
        self.ua = ua
        self.client = None   # of the latest INVITE that we sent
        self.server = None   # of the latest INVITE that we got
        self.dialog = None
        self.auto_ack = True
        self.acks = {}       # CSeq number -> (ACK, target), to answer a resent 2xx
        self.ack_records = []
        self.bye_record = None
        self.cancelled = False

    # -- caller ----------------------------------------------------------------------------

    def _start(self, request, target):
        self.client = ClientTransaction(self.ua, request, target, self._response)
        self.ua.calls[request.call_id] = self
        self.client.start()

    def _response(self, response, packet):
        if response.to_tag and response.status < 300 and response.contact:
            if self.dialog is None or (response.status >= 200
                                       and self.dialog.remote_tag != response.to_tag):
                self.dialog = Dialog.of_response(self.ua, self.client.request, response)
            elif self.dialog.cseq == response.cseq[0]:
                self.dialog.target = response.contact.uri  # target refresh, 12.2.1.2
        if 200 <= response.status < 300:
            if response.cseq[0] in self.acks:
                self._send_ack(response.cseq[0])
            elif self.auto_ack:
                self.ack(response)

    def ack(self, response=None):
        """ACK to a 2xx: through the route set, a transaction of its own (13.2.2.4)."""
        with self.ua.lock:
            number = (response or self.client.final).cseq[0]
            request, target = self.dialog.build("ACK", cseq=number)
            self.ua.add_via(request, target)
            self.acks[number] = (request, target)
            self._send_ack(number)

    def _send_ack(self, number):
        request, target = self.acks[number]
        try:
            self.ua.transmit((target[0], self.ua.numeric(target[1]), target[2]), request)
        except OSError as e:
            self.ua.problem("ACK to %s %s:%d: %s" % (target + (e,)))

    def cancel(self):
        """CANCEL: the same single Via, the same place (9.1)."""
        with self.ua.lock:
            invite = self.client.request
            cancel = Message("CANCEL", invite.uri)
            cancel.add("Via", invite.all("via")[0])
            for value in invite.all("route"):
                cancel.add("Route", value)
            cancel.add("From", invite.get("from")).add("To", invite.get("to"))
            cancel.add("Call-ID", invite.call_id).add("CSeq", "%d CANCEL" % invite.cseq[0])
            cancel.add("Max-Forwards", "70")
            return ClientTransaction(self.ua, cancel, self.client.target).start()

    def wait_response(self, status, timeout=10):
        """The first response with that status (or of that class, below 10)."""
        def found():
            for r in self.client.responses:
                if r.status == status or r.status // 100 == status:
                    return r
            return None
        return self.ua.wait(found, timeout, "%d to %s" % (status, self.client.request))

    def wait_answer(self, timeout=10):
        """The final response, which has to be a 2xx."""
        response = self.client.wait(timeout)
        if not 200 <= response.status < 300:
            raise AssertionError("%s got %s" % (self.client.request, response))
        return response

    # -- called ----------------------------------------------------------------------------

    def ring(self):
        return self.server.respond(180, contact=True)

    def answer(self):
        with self.ua.lock:
            self._make_dialog()
            return self.server.respond(200, contact=True, body=self.ua.sdp)

    def reject(self, status=486):
        return self.server.respond(status)

    def _make_dialog(self):
        if self.dialog is None:
            self.dialog = Dialog.of_request(self.ua, self.server.request, self.server.tag)
        elif self.server.request.contact:
            self.dialog.target = self.server.request.contact.uri

    def wait_ack(self, timeout=10):
        """The Record of the ACK to the latest INVITE that we answered."""
        server = self.server
        self.ua.wait(lambda: server.acked, timeout, "ACK")
        if not self.ack_records:
            raise TimeoutError("%s: no ACK" % self.ua.host)
        return self.ack_records[-1]

    # -- both ------------------------------------------------------------------------------

    def request(self, method, body=b""):
        """A request in the dialog: the transaction."""
        with self.ua.lock:
            request, target = self.dialog.build(method, body=body)
            self.ua.add_via(request, target)
            target = (target[0], self.ua.numeric(target[1]), target[2])
            if method == "INVITE":
                self._start(request, target)
                return self.client
            return ClientTransaction(self.ua, request, target).start()

    def reinvite(self):
        return Reinvite(self)

    def bye(self, timeout=10):
        """BYE and its final response, which has to be 200."""
        response = self.request("BYE").wait(timeout)
        if response.status != 200:
            raise AssertionError("BYE got %s" % response)
        return response

    def wait_bye(self, timeout=10):
        return self.ua.wait(lambda: self.bye_record, timeout, "BYE")


class Reinvite:
    """A re-INVITE, sent again behind a while when it crosses one of the peer's (491, RFC 3261 14.1)."""

    def __init__(self, call):
        self.call = call
        self.client = call.request("INVITE", body=call.ua.sdp)

    def wait(self, timeout=10):
        """The final response that is no 491; TimeoutError if there is none."""
        while True:
            response = self.client.wait(timeout)
            if response.status != 491:
                return response
            time.sleep(random.randrange(210, 401) / 100 if self.call.dialog.caller
                       else random.randrange(0, 201) / 100)
            self.client = self.call.request("INVITE", body=self.call.ua.sdp)


class UA(Endpoint):
    """One user agent at one address.

    t1: seconds of RFC 3261's T1. rport: ask for it in own Vias. by_received: send responses to
    the packet's source address and the sent-by port, as RFC 3261 18.2.2 has it; without it to
    the sent-by alone, so that a wrong sent-by cannot go unseen. hosts: {name: address} for the
    names that headers may carry. auto: methods outside a dialog that are answered 200.
    """

    def __init__(self, host, port=5060, user="ua", transports=("udp", "tcp"), t1=0.5, rport=False,
                 by_received=False, hosts=None, auto=("OPTIONS", "REGISTER", "MESSAGE"), **more):
        self.user, self.t1, self.rport, self.by_received = user, t1, rport, by_received
        self.hosts, self.auto = hosts or {}, auto
        self.records, self.problems = [], []
        self.clients, self.servers, self.calls = {}, {}, {}
        self.incoming = []  # Calls and ServerTransactions that nobody expected yet
        self.sdp = SDP.format("IP6 2001:db8:c::1" if ":" in host else "IP4 192.0.2.1").encode()
        super().__init__(host, port, transports, **more)
        self.on_message, self.on_drop = self._message, self._drop

    # -- building --------------------------------------------------------------------------

    def contact(self, transport):
        param = "" if transport == "udp" else ";transport=" + transport
        return "<sip:%s@%s%s>" % (self.user,
                                  format_hostport(self.host, self.port_of(transport)), param)

    def numeric(self, host):
        host = self.hosts.get(host, host)
        try:
            return str(ipaddress.ip_address(host))
        except ValueError:
            raise OSError("cannot resolve %s" % host) from None

    def add_via(self, request, target):
        sent_by = format_hostport(self.host, self.port_of(target[0]))
        via = "SIP/2.0/%s %s;branch=%s%s" % (target[0].upper(), sent_by, COOKIE, token(16))
        request.headers.insert(0, ["Via", via + (";rport" if self.rport else "")])

    def build(self, method, uri, route=(), headers=(), body=b""):
        """(request, target) outside a dialog; route = URIs of a loose route set."""
        request = Message(method, uri)
        for value in route:
            request.add("Route", "<%s>" % value)
        target = Uri(route[0] if route else uri).target
        from_uri = "<sip:%s@%s>" % (self.user, format_hostport(self.host))
        request.add("From", "%s;tag=%s" % (from_uri, token()))
        request.add("To", from_uri if method == "REGISTER" else "<%s>" % uri)
        request.add("Call-ID", token(20)).add("CSeq", "1 " + method).add("Max-Forwards", "70")
        request.add("Contact", self.contact(target[0]))
        for name, value in headers:
            request.add(name, value)
        if body:
            request.add("Content-Type", "application/sdp")
        request.body = body
        self.add_via(request, target)
        return request, (target[0], self.numeric(target[1]), target[2])

    # -- scripting -------------------------------------------------------------------------

    def send_request(self, method, uri, route=(), headers=(), body=b""):
        """Sends a request outside a dialog: the ClientTransaction."""
        with self.lock:
            return ClientTransaction(self, *self.build(method, uri, route, headers, body)).start()

    def options(self, uri, route=(), timeout=10):
        return self.send_request("OPTIONS", uri, route).wait(timeout)

    def invite(self, uri, route=(), headers=(), auto_ack=True):
        with self.lock:
            call = Call(self)
            call.auto_ack = auto_ack
            call._start(*self.build("INVITE", uri, route, headers, self.sdp))
            return call

    def expect_call(self, timeout=10):
        """The next incoming call."""
        return self._expect(lambda x: isinstance(x, Call), timeout, "INVITE")

    def expect(self, method, timeout=10):
        """The next request of that method that is neither a call nor answered by itself."""
        return self._expect(lambda x: isinstance(x, ServerTransaction)
                            and x.request.method == method, timeout, method)

    def _expect(self, fits, timeout, what):
        def take():
            for item in self.incoming:
                if fits(item):
                    self.incoming.remove(item)
                    return item
            return None
        return self.wait(take, timeout, what)

    def received(self, what):
        """Records of what was received and kept: by method name or by status code."""
        with self.lock:
            return [r for r in self.records if r.direction == "in" and not r.dropped
                    and what in (r.message.method, r.message.status)]

    def transcript(self):
        with self.lock:
            return "\n".join(["%s %r" % (self.user, r) for r in self.records] +
                             ["%s: %s" % (self.user, text) for text in self.problems + self.errors])

    # -- wire ------------------------------------------------------------------------------

    def problem(self, text):
        self.problems.append(text)

    def transmit(self, target, message, conn=None):
        packet = self.send(*target, message.encode(), conn=conn)
        self.records.append(Record("out", message, packet))
        return packet

    def _drop(self, reason, packet, data):
        first = data.split(b"\r\n", 1)[0].decode("latin-1")
        self.records.append(Record("in", first, packet, reason))
        self.problem("dropped %s from %r: %s" % (first, packet, reason))

    def _message(self, message, packet):
        reason = self._why_not(message, packet)
        self.records.append(Record("in", message, packet, reason))
        if reason:
            self.problem("dropped %s from %r: %s" % (message, packet, reason))
        elif message.method:
            self._request(message, packet)
        else:
            self._response(message, packet)

    def _why_not(self, message, packet):
        """Why a message has to be ignored, or None."""
        vias = message.vias
        if vias[0].transport != packet.transport:
            return "Via says %s, it came by %s" % (vias[0].transport, packet.transport)
        if message.method:
            return None
        if len(vias) > 1:
            return "a response with %d Vias" % len(vias)
        own = self.host, self.port_of(packet.transport)
        if vias[0].sent_by != own:
            return "its topmost Via is of %s, not of %s" % (
                format_hostport(*vias[0].sent_by), format_hostport(*own))
        client = self.clients.get((vias[0].branch, message.cseq[1]))
        if client is None:
            return "no request of ours has that branch"
        left_on = client.packet.conn if client.packet else None
        if left_on is not packet.conn and left_on is not None and left_on.open:
            return "it came by another connection than the request left on"
        return None

    def _response(self, response, packet):
        self.clients[(response.via.branch, response.cseq[1])].received(response, packet)

    def _request(self, request, packet):
        via = request.via
        key = (via.branch, via.sent_by,
               "INVITE" if request.method == "ACK" else request.method)
        known = self.servers.get(key)
        if request.method == "ACK":
            self._ack(request, packet, known)
            return
        if known is not None and known.request.cseq == request.cseq:
            known.resend()
            return
        server = ServerTransaction(self, request, packet)
        self.servers[key] = server
        if request.method == "CANCEL":
            self._cancel(server, key)
            return
        uri = Uri(request.uri)
        own = self.port_of(packet.transport)
        # Of a name without a port, DNS may say any port.
        port = uri.port or (own if uri.host in self.hosts else DEFAULT_PORT[uri.transport])
        if (self.numeric_or_none(uri.host), port) != (self.host, own):
            self.problem("%s is not for %s" % (request, self.host))
            server.respond(404)
            return
        if request.route:
            self.problem("%s came with a Route left: %s" % (request, request.route[0]))
        call = self._call_of(request) if request.to_tag else None
        if request.to_tag and call is None:
            self.problem("%s is of no dialog here" % request)
            server.respond(481)
        elif request.method == "INVITE":
            self._invite(server, call)
        elif call is not None:
            if request.method == "BYE":
                call.bye_record = self.records[-1]
            server.respond(200)
        elif request.method in self.auto:
            contacts = self.bindings(request) if request.method == "REGISTER" else ()
            server.respond(200, headers=[("Contact", v) for v in contacts])
        else:
            self.incoming.append(server)

    def bindings(self, request):
        """The Contact values of the answer to REGISTER."""
        return request.all("contact")

    def numeric_or_none(self, host):
        try:
            return self.numeric(host)
        except OSError:
            return None

    def _call_of(self, request):
        call = self.calls.get(request.call_id)
        if call and call.dialog and call.dialog.key == (request.call_id, request.to_tag,
                                                        request.from_tag):
            return call
        return None

    def _invite(self, server, call):
        if call is not None:  # re-INVITE
            if call.client and not call.client.final:
                server.respond(491)  # it crosses ours, 14.2
                return
            call.server = server
            call.answer()
            return
        call = Call(self)
        call.server = server
        self.calls[server.request.call_id] = call
        self.incoming.append(call)

    def _cancel(self, server, key):
        invite = self.servers.get((key[0], key[1], "INVITE"))
        if invite is None:
            self.problem("CANCEL matches no INVITE")
            server.respond(481)
            return
        server.respond(200)
        if invite.last is None or invite.last.status < 200:
            self.calls[invite.request.call_id].cancelled = True
            invite.respond(487)

    def _ack(self, request, packet, known):
        call = self.calls.get(request.call_id)
        if known is not None and known.last is not None and known.last.status >= 300:
            known.acked = True  # ACK to a non-2xx is of the INVITE's transaction
        elif (call and call.dialog and call.server
              and call.dialog.key == (request.call_id, request.to_tag, request.from_tag)
              and call.server.request.cseq[0] == request.cseq[0]):
            call.server.acked = True
        else:
            self.problem("%s matches no INVITE" % request)
            return
        if call:
            call.ack_records.append(self.records[-1])
