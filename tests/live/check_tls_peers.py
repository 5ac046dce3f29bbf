# SPDX-License-Identifier: MIT
"""Peers of a Kamailio over TLS that are hard to follow: many at once on four readers, records of one byte,
several messages in one record, one message in many."""

import fcntl
import re
import struct
import subprocess
import termios

from check_dialogs_streams import place_of
from check_tls import TlsDialogs, member, start
from checks import expect, expect_equal, group
from lab.message import format_hostport
from lab.network import FIRST, PEER, Lab, address, wait_until

CROWD = 32
OPTIONS = ("OPTIONS sip:bob@{bob};transport=tls SIP/2.0\r\nVia: SIP/2.0/TLS {me}:5999;branch=z9hG4bK{n}\r\n"
           "Route: <sip:{proxy};transport=tls;lr>\r\nMax-Forwards: 70\r\nFrom: <sip:s@{me}>;tag=1\r\n"
           "To: <sip:bob@{bob}>\r\nCall-ID: client-{n}\r\nCSeq: 1 OPTIONS\r\nContent-Length: {size}\r\n\r\n{body}")


def by_the_member(pair):
    """What the called party got left from the member of B and names it."""
    where, port = member("B", 4, "tls")
    for method in ("INVITE", "ACK", "BYE", "OPTIONS"):
        for r in pair.bob.received(method):
            expect_equal(r.source[0], where, "source of %s" % method)
            expect_equal(r.message.via.sent_by, (where, port), "Via of %s" % method)
            if method == "INVITE":
                expect_equal(place_of(r.message.record_route[0].uri), (where, port), "Record-Route")


def crowd(pairs):
    """All calls at the same time, step by step; half of them end by the caller's BYE."""
    for pair in pairs:
        uri = "sip:bob@%s;transport=tls" % format_hostport(pair.bob.host, pair.bob.port_of("tls"))
        pair.call = pair.alice.invite(uri, route=["sip:%s;transport=tls;lr" % pair.proxy])
    for pair in pairs:
        pair.there = pair.bob.expect_call()
        pair.there.ring()
    for pair in pairs:
        pair.there.answer()
    for pair in pairs:
        pair.call.wait_answer()
        pair.there.wait_ack()
    for number, pair in enumerate(pairs):
        if number % 2:
            pair.call.bye()
            pair.there.wait_bye()
        else:
            pair.there.bye()
            pair.call.wait_bye()
    for pair in pairs:
        pair.no_problems()
        by_the_member(pair)


def small_records(pair):
    call, there = pair.connect()
    expect_equal(there.reinvite().wait().status, 200, "answer to re-INVITE")
    there.bye()
    call.wait_bye()
    pair.no_problems()
    by_the_member(pair)


class Client:
    """openssl s_client: what it reads at once from its input it writes at once, as a record."""

    def __init__(self, lab):
        self.lab, self.me, self.proxy = lab, address("A", 4, PEER), address("A", 4, FIRST)
        self.log = "client.log"
        self.child = lab.start(lab.peer["A"], ["openssl", "s_client", "-quiet", "-connect", self.proxy + ":5061"],
                               self.log, stdin=subprocess.PIPE)

    def request(self, bob, number, body=""):
        return OPTIONS.format(bob=format_hostport(bob.host, bob.port_of("tls")), me=self.me, n=number,
                              proxy=self.proxy, size=len(body), body=body).encode()

    def say(self, data):
        self.child.stdin.write(data)
        self.child.stdin.flush()

    def heard(self, numbers):
        """Each answered on this connection, with this client's Via alone and as it was."""
        text = lambda: self.lab.read(self.log).replace("\r", "")
        wait_until(lambda: all("Call-ID: client-%s\n" % n in text() for n in numbers), 10, "answers",
                   self.child, text)
        for n in numbers:
            answers = [m for m in re.split(r"(?=SIP/2.0 \d{3} )", text()) if "Call-ID: client-%s\n" % n in m]
            expect_equal(len(answers), 1, "the number of answers")
            expect(answers[0].startswith("SIP/2.0 200"), answers[0])
            expect_equal(re.findall(r"^Via: (.*?)(?:;received=[^;]*|;rport[^;]*)*$", answers[0], re.M),
                         ["SIP/2.0/TLS %s:5999;branch=z9hG4bK%s" % (self.me, n)], "Via")


def pipelined(client, pair):
    """Five in one record, and the first half of a sixth."""
    all_ = b"".join(client.request(pair.bob, n, "b" * n) for n in range(1, 7))
    client.say(all_[:-200])
    client.heard(range(1, 6))
    client.say(all_[-200:])
    client.heard([6])
    by_the_member(pair)


def split(client, pair):
    """One in many records: each piece is written once the one before has left the pipe."""
    data = client.request(pair.bob, "split", "body")
    for at in range(0, len(data), 29):
        client.say(data[at:at + 29])
        wait_until(lambda: taken(client.child), 5, "reading client", client.child)
    client.heard(["split"])
    by_the_member(pair)


def taken(child):
    """Whether it has read all that was written to it."""
    return not struct.unpack("i", fcntl.ioctl(child.stdin, termios.FIONREAD, b"\0" * 4))[0]


@group(seconds=120)
def tls_peers(t):
    with Lab() as lab:
        start(lab, "kamailio", "tls", "tls", "A", "B", parameters="tcp_children=4")
        with TlsDialogs(lab, "A", 4, "B", 4, "tls", "tls") as pair:
            pair.alice.record = pair.bob.record = 1
            with t.check("records of one byte from both ends", pair.transcript):
                small_records(pair)
        with TlsDialogs(lab, "A", 4, "B", 4, "tls", "tls") as pair:
            client = Client(lab)
            with t.check("five messages and a half in one record", lambda: lab.read(client.log)):
                pipelined(client, pair)
            with t.check("one message in many records", lambda: lab.read(client.log)):
                split(client, pair)
        pairs = []
        try:
            with t.check("%d calls at once on four readers" % CROWD,
                         lambda: "\n".join(p.transcript() for p in pairs)):
                pairs += [TlsDialogs(lab, "A", 4, "B", 4, "tls", "tls") for _ in range(CROWD)]
                crowd(pairs)
        finally:
            for pair in pairs:
                pair.__exit__()
