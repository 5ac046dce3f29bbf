# SPDX-License-Identifier: MIT
"""SIP transactions of the strict user agent (RFC 3261 section 17, 18.2.2, RFC 3581)."""

from .message import Message, token

T2_FACTOR = 8  # T2 = 4 s where T1 = 500 ms
REASONS = {100: "Trying", 180: "Ringing", 183: "Session Progress", 200: "OK", 404: "Not Found",
           481: "Call/Transaction Does Not Exist", 486: "Busy Here", 487: "Request Terminated",
           491: "Request Pending", 500: "Server Internal Error", 503: "Service Unavailable"}


class ClientTransaction:
    """A request of ours: resent on UDP until it is answered (RFC 3261 17.1)."""

    def __init__(self, ua, request, target, on_response=None):
        self.ua, self.request, self.target = ua, request, target
        self.on_response = on_response or (lambda response, packet: None)
        self.responses = []
        self.final = None
        self.packet = None
        self.timed_out = False
        self.error = None

    def start(self):
        ua = self.ua
        ua.clients[(self.request.via.branch, self.request.method)] = self
        self.send()
        if self.target[0] == "udp":
            self._resend_in(ua.t1)
        ua.after(64 * ua.t1, self._give_up)
        return self

    def send(self):
        try:
            self.packet = self.ua.transmit(self.target, self.request)
        except OSError as e:
            self.error = e
            self.ua.problem("%s to %s %s:%d: %s" % ((self.request.method,) + self.target + (e,)))

    def _resend_in(self, interval):
        def resend():
            invite = self.request.method == "INVITE"
            if self.final or self.timed_out or (invite and self.responses):
                return
            self.send()
            self._resend_in(interval * 2 if invite else min(interval * 2,
                                                            T2_FACTOR * self.ua.t1))
        self.ua.after(interval, resend)

    def _give_up(self):
        if not self.final and not (self.request.method == "INVITE" and self.responses):
            self.timed_out = True
            self.ua.problem("no answer to %s" % self.request)

    def received(self, response, packet):
        first = self.final is None
        self.responses.append(response)
        if response.status >= 200:
            self.final = self.final or response
            if self.request.method == "INVITE" and response.status >= 300:
                self._ack_failure(response)
                if not first:
                    return
        self.on_response(response, packet)

    def _ack_failure(self, response):
        """ACK to a non-2xx: same branch, same place (RFC 3261 17.1.1.3)."""
        ack = Message("ACK", self.request.uri)
        ack.add("Via", self.request.all("via")[0])
        for value in self.request.all("route"):
            ack.add("Route", value)
        ack.add("From", self.request.get("from")).add("To", response.get("to"))
        ack.add("Call-ID", self.request.call_id)
        ack.add("CSeq", "%d ACK" % self.request.cseq[0]).add("Max-Forwards", "70")
        self.ua.transmit(self.target, ack)

    def wait(self, timeout=10):
        """The final response; TimeoutError if there is none."""
        return self.ua.wait(lambda: self.final, timeout, "final response to %s" % self.request)


class ServerTransaction:
    """A request of a peer, answered where its topmost Via says (RFC 3261 17.2, 18.2.2)."""

    def __init__(self, ua, request, packet):
        self.ua, self.request, self.packet = ua, request, packet
        self.last = None
        self.acked = False
        self.tag = request.to_tag or token()

    def build(self, status, reason=None, contact=False, body=b"", headers=()):
        request, via = self.request, self.request.via
        response = Message(status=status, reason=reason or REASONS.get(status, "Whatever"))
        extra = {}
        if via.host != self.packet.remote[0]:
            extra["received"] = self.packet.remote[0]
        if "rport" in via.params and via.params["rport"] is None:
            extra["received"] = self.packet.remote[0]
            extra["rport"] = str(self.packet.remote[1])
        for i, value in enumerate(request.all("via")):
            response.add("Via", via.with_params(**extra) if i == 0 else value)
        for value in request.all("record-route"):
            response.add("Record-Route", value)
        response.add("From", request.get("from"))
        to = request.get("to")
        response.add("To", to if request.to_tag or status == 100 else "%s;tag=%s" % (to, self.tag))
        response.add("Call-ID", request.call_id).add("CSeq", request.get("cseq"))
        if contact:
            response.add("Contact", self.ua.contact(self.packet.transport))
        for name, value in headers:
            response.add(name, value)
        if body:
            response.add("Content-Type", "application/sdp")
        response.body = body
        return response

    def respond(self, status, reason=None, contact=False, body=b"", headers=()):
        with self.ua.lock:
            self.last = self.build(status, reason, contact, body, headers)
            self._send()
            if self.request.method == "INVITE" and status >= 200:
                if status < 300 or self.packet.transport == "udp":
                    self._resend_in(self.ua.t1, self.last)
                self.ua.after(64 * self.ua.t1, self._check_ack)
        return self.last

    def _send(self):
        try:
            self.ua.transmit(self.destination(), self.last, self.packet.conn)
        except OSError as e:
            self.ua.problem("%s to %s %s:%d: %s" % ((self.last,) + self.destination() + (e,)))

    def destination(self):
        """Where the topmost Via wants the response."""
        via, source = self.request.via, self.packet.remote
        host, port = via.sent_by
        if self.packet.conn is not None and self.packet.conn.open:
            return (self.packet.transport,) + source
        if via.params.get("maddr"):
            host = via.params["maddr"]
        elif "rport" in via.params and self.packet.transport == "udp":
            host, port = source
        elif self.ua.by_received:
            host = source[0]
        return self.packet.transport, self.ua.numeric(host), port

    def resend(self):
        if self.last is not None:
            self._send()

    def _resend_in(self, interval, response):
        def resend():
            if not self.acked and self.last is response:
                self._send()
                self._resend_in(min(interval * 2, T2_FACTOR * self.ua.t1), response)
        self.ua.after(interval, resend)

    def _check_ack(self):
        if not self.acked:
            self.acked = True  # stop
            self.ua.problem("no ACK to %s of %s" % (self.last, self.request))
