# SPDX-License-Identifier: MIT
"""What arrives over connections while a script is told where from (`header`), or nobody may come in by
other listeners (`unknown`): a peer with half heads on hundreds of connections, messages in portions, and
listeners of TLS."""

import resource
import socket
import time

from check_dialogs_streams import PORT, Dialogs, calls, member, start
from checks import expect, expect_equal, group
from lab import bonds
from lab.kamailio import Kamailio
from lab.message import Message, format_host, format_hostport
from lab.network import FIRST, PEER, PEER2, SECOND, THIRD, Lab, address
from lab.pair import Pair
from lab.ua import UA

HALVES = 600
HOST = "[host]\nsecret = of these tests, and of no other one\n"


def open_connection(lab, side, here, there, port):
    s = lab.peer[side].socket(socket.AF_INET6 if ":" in there else socket.AF_INET,
                              socket.SOCK_STREAM)
    s.settimeout(5)
    s.bind((here, 0))
    s.connect((there, port))
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    lab.closing(s.close)
    return s


def options(here, there, call_id, body=b""):
    return ("OPTIONS sip:here@{there} SIP/2.0\r\nVia: SIP/2.0/TCP {here};branch=z9hG4bK{id}\r\n"
            "Max-Forwards: 5\r\nFrom: <sip:t@{here}>;tag=1\r\nTo: <sip:here@{there}>\r\n"
            "Call-ID: {id}\r\nCSeq: 1 OPTIONS\r\nX-Bond-In: forged\r\n"
            "Content-Length: {n}\r\n\r\n").format(
                here=format_host(here), there=format_host(there), id=call_id,
                n=len(body)).encode() + body


def is_answered(s, call_id):
    """Whether a response to that call comes, whole."""
    got = b""
    try:
        while b"\r\n\r\n" not in got:
            more = s.recv(4096)
            if not more:
                return False
            got += more
    except OSError:
        return False
    answer = Message.parse(got, stream=True)
    return answer.status == 200 and answer.call_id == call_id


class ByMember(Dialogs):
    """The caller's way in is the member of its side."""

    def invite(self, transport=None):
        uri = "sip:bob@%s;transport=%s" % (
            format_hostport(self.bob.host, self.bob.port_of(self.far)), self.far)
        family = 6 if ":" in self.alice.host else 4
        route = "sip:%s;transport=%s;lr" % (format_hostport(*member("A", family)), self.near)
        return self.alice.invite(uri, route=[route]), self.bob.expect_call()


@group(seconds=180)
def streams_in_crowd(t):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 8192)), hard))
    with Lab() as lab:
        host = start(lab, "kamailio", extra=HOST + "header = X-Bond\n")
        here, there = address("A", 4, PEER2), member("A", 4)
        late = open_connection(lab, "A", here, *there)
        late.sendall(options(here, there[0], "late")[:60])
        halves = [open_connection(lab, "A", here, *there) for _ in range(HALVES)]
        for i, s in enumerate(halves):
            s.sendall(options(here, there[0], "half%d" % i)[:60])
        time.sleep(0.5)
        with ByMember(lab, "A", 4, "B", 4, "tcp", "tcp") as pair:
            for name, call in calls(pair):
                with t.check("%d half heads of one peer, the calls of another: %s" % (HALVES, name),
                             pair.transcript):
                    call()
                    pair.no_problems()
            with t.check("and they leave from the member, by its name", pair.transcript):
                expect_equal({s[0] for s in pair.sources(pair.bob)}, {member("B", 4)[0]}, "source")
                for r in pair.bob.received("INVITE"):
                    expect_equal(r.message.via.sent_by, member("B", 4), "Via")
        with t.check("a message of another peer in four portions is answered"):
            other = address("A", 4, PEER)
            s = open_connection(lab, "A", other, *there)
            send_in(s, options(other, there[0], "between"), (100, 180, 260))
            expect(is_answered(s, "between"), "no answer")
        with t.check("the newest half heads go on"):
            for i in (HALVES - 1, HALVES - 2, HALVES - 100):
                halves[i].sendall(options(here, there[0], "half%d" % i)[60:])
                expect(is_answered(halves[i], "half%d" % i), "no answer to %d" % i)
        with t.check("the oldest one went"):
            try:
                late.sendall(options(here, there[0], "late")[60:])
            except OSError:
                pass
            expect(not is_answered(late, "late"), "it was answered: nothing was short here")
        host.stop()


def send_in(s, data, places):
    """Each portion is read by itself: the host has nothing else to do."""
    for a, b in zip((0,) + places, places + (len(data),)):
        s.sendall(data[a:b])
        time.sleep(0.1)


@group(seconds=180)
def streams_in_portions(t):
    body = b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\n"
    with Lab() as lab:
        for name, ini in (("bare", None), ("headers", bonds.both()),
                          ("header", bonds.both() + HOST + "header = X-Bond\n"),
                          ("unknown", bonds.both() + HOST + "unknown = drop\n")):
            host = Kamailio(lab, name, ini=ini and lab.write(name + ".ini", ini), watch=True,
                            probe=address("A", 4, SECOND))
            for family in (4, 6):
                here, there = address("A", family, PEER), address("A", family, SECOND)
                plain = options(here, there, "x" * 12)
                head = len(options(here, there, "x" * 12, body)) - len(body)
                for what, places, more in (
                        ("the head in four", (100, 180, 260), b""),
                        ("the start line in four", (3, 12, 20), b""),
                        ("the empty line in four", tuple(len(plain) - n for n in (3, 2, 1)), b""),
                        ("head in two, body in two", (head // 2, head, head + 10), body),
                        ("the head in three, with some of the body", (30, 200, head + 5), body),
                        ("the body in three", (head, head + 1, head + 20), body)):
                    with t.check("%s, IPv%d: %s" % (name, family, what),
                                 lambda host=host: lab.read(host.log)[-3000:]):
                        s = open_connection(lab, "A", here, there, 5060)
                        for i in range(2):  # the second one on a connection that is known
                            call_id = ("%s-%d-%d-%s" % (what[:3], i, family, "x" * 12))[:12]
                            send_in(s, options(here, there, call_id, more), places)
                            expect(is_answered(s, call_id), "no answer to message %d" % (i + 1))
                        if name == "header":
                            seen = host.messages()[-1]
                            expect("X-Bond-In: internal" in seen and "forged" not in seen, seen)
            host.stop()


class OverTls(Pair):
    """The caller comes in by TLS at one port of the proxy; the called party is called by TLS."""

    def __init__(self, lab, port):
        super().__init__(lab, "A", 4, "B", 4)
        self.alice.close()
        self.alice = UA(address("A", 4, PEER), Pair.ports, "alice",
                        transports=("udp", "tcp", "tls"), tls=lab.certificate(),
                        make_socket=lab.peer["A"].socket)
        self.port = port

    def invite(self, transport="tls"):
        uri = "sip:bob@%s;transport=tls" % format_hostport(self.bob.host, self.bob.port_of("tls"))
        route = "sip:%s;transport=tls;lr" % format_hostport(self.proxy, self.port)
        self.call = self.alice.invite(uri, route=[route])
        return self.call, self.bob.expect_call(3 if self.refused else 10)

    refused = False


def is_let_in(pair):
    call, far = pair.connect()
    expect_equal(call.reinvite().wait().status, 200, "answer")
    far.wait_ack()
    call.bye()
    far.wait_bye()
    pair.no_problems()
    expect_equal({s[0] for s in pair.sources(pair.bob)}, {bonds.member("B", 4, "tls")[0]}, "source")


def is_refused(pair, answer):
    pair.refused = True
    try:
        pair.invite()
    except TimeoutError:
        pass
    else:
        raise AssertionError("it was let in")
    if answer:
        expect_equal(pair.call.client.wait().status, answer, "answer to INVITE")
    else:
        expect(not pair.call.client.responses, "it was answered")


def beside_tls(t, refusals, wrap):
    """refusals: name of a setting -> the answer to what comes in by TLS to a listener of no bond, 0 = none; not there:
    it is let in.

    Port numbers of members on another address of the host, by which a listener of TLS could be taken
    for theirs."""
    wss, udp, tcp = 4443, 4444, 4445
    first, second, third = (address("A", 4, n) for n in (FIRST, SECOND, THIRD))
    members = "".join("member = %s:%s:%d\n" % m for m in (
        ("wss", second, wss), ("udp", third, udp), ("tcp", second, tcp)))
    listeners = "\n".join("listen=%s:%s:%d" % l for l in (
        ("tls", second, wss), ("udp", third, udp), ("tcp", second, tcp),
        ("tls", first, wss), ("tls", first, udp), ("tls", first, tcp)))
    with Lab() as lab:
        for name, setting in (("header", "header = X-Bond\n"), ("403", "unknown = 403\n"),
                              ("drop", "header = X-Bond\nunknown = drop\n")):
            ini = (bonds.bond("B", extra="no-member = fail")
                   + bonds.route("B", "transport = tls")
                   + "[bond:beside]\n%s" % members
                   + "[route:beside]\nto = 192.0.2.0/24\nbond = beside\n" + HOST + setting)
            host = Kamailio(lab, name, ini=lab.write(name + ".ini", ini), modules=listeners,
                            probe=address("B", 4, SECOND), wrap=wrap)
            for what, port in (("wss", wss), ("udp", udp), ("tcp", tcp)):
                with OverTls(lab, port) as pair:
                    if name in refusals:
                        with t.check("%s: TLS beside a %s member of that port is refused" % (name, what),
                                     pair.transcript):
                            is_refused(pair, refusals[name])
                        continue
                    with t.check("%s: TLS in and out beside a %s member of that port" % (name, what),
                                 pair.transcript):
                        is_let_in(pair)
            host.stop()


@group(seconds=180)
def streams_in_tls(t):
    """What TLS carries is seen."""
    beside_tls(t, {"403": 403, "drop": 0}, ())


@group(seconds=180)
def streams_in_tls_unseen(t):
    beside_tls(t, {}, bonds.without_tls())
