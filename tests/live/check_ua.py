# SPDX-License-Identifier: MIT
"""Is the strict user agent strict? On loopback, without namespaces."""

import contextlib
import os
import socket
import subprocess
import tempfile

from checks import expect, expect_equal, group
from lab.message import Message, ParseError, format_hostport
from lab.ua import UA

TRANSPORTS = ("udp", "tcp", "tls")
RESPONSE = ("SIP/2.0 200 OK\r\n{vias}From: {f}\r\nTo: {t};tag=x\r\nCall-ID: {i}\r\nCSeq: {c}\r\n"
            "Content-Length: 0\r\n\r\n")


@contextlib.contextmanager
def agents(host, **more):
    """Two user agents with free ports on one loopback address."""
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        cert, key = os.path.join(folder, "cert"), os.path.join(folder, "key")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                        "-subj", "/CN=x", "-keyout", key, "-out", cert], check=True,
                       capture_output=True)
        pair = []
        for user in ("alice", "bob"):
            port, tls_port = free_ports(host)
            ua = UA(host, port, user, TRANSPORTS, t1=0.1, tls_port=tls_port, tls=(cert, key),
                    **more)
            stack.callback(ua.close)
            pair.append(ua)
        yield pair


def free_ports(host):
    """Two ports that are free for UDP and TCP."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = []
    with contextlib.ExitStack() as stack:
        while len(found) < 2:
            tcp = stack.enter_context(socket.socket(family, socket.SOCK_STREAM))
            tcp.bind((host, 0))
            udp = stack.enter_context(socket.socket(family, socket.SOCK_DGRAM))
            with contextlib.suppress(OSError):
                udp.bind((host, tcp.getsockname()[1]))
                found.append(tcp.getsockname()[1])
    return found


def answer_to(request, vias=None):
    """A 200 to a request with other Vias."""
    vias = request.all("via") if vias is None else vias
    return RESPONSE.format(vias="".join("Via: %s\r\n" % v for v in vias), f=request.get("from"),
                           t=request.get("to"), i=request.call_id, c=request.get("cseq")).encode()


@group(namespaces=False)
def ua(t):
    for host in ("127.0.0.1", "::1"):
        with agents(host) as (alice, bob):
            for transport in TRANSPORTS:
                uri = "sip:bob@%s;transport=%s" % (
                    format_hostport(host, bob.port_of(transport)), transport)
                with t.check("%s over %s: calls are whole" % (transport.upper(), host)):
                    call = alice.invite(uri)
                    there = bob.expect_call()
                    there.ring()
                    call.wait_response(180)
                    there.answer()
                    call.wait_answer()
                    there.wait_ack()
                    expect_equal(there.reinvite().wait().status, 200, "answer")
                    call.wait_ack()
                    with alice.lock, bob.lock:
                        crossing = [side.reinvite() for side in (call, there)]
                    expect_equal([one.wait().status for one in crossing], [200, 200],
                                 "answers to re-INVITEs that cross")
                    there.bye()
                    call.wait_bye()
                    call = alice.invite(uri)
                    there = bob.expect_call()
                    there.ring()
                    call.wait_response(180)
                    expect_equal(call.cancel().wait().status, 200, "answer to CANCEL")
                    expect_equal(call.client.wait().status, 487, "answer to INVITE")
                    there.wait_ack()
                    expect_equal(alice.problems + bob.problems + alice.errors + bob.errors, [],
                                 "problems")
    with agents("127.0.0.1") as (alice, bob):
        strict(t, alice, bob)
    with agents("127.0.0.1", rport=True) as (alice, bob):
        with t.check("a response goes to the source where the Via asks by rport"):
            expect_equal(ask_from_elsewhere(bob, ";rport"), "source", "the answer went to")
    with agents("127.0.0.1", by_received=True) as (alice, bob):
        with t.check("by_received: to the source address, but the sent-by's port"):
            expect_equal(ask_from_elsewhere(bob, ""), "sent-by", "the answer went to")


def strict(t, alice, bob):
    stranger = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    stranger.bind(("127.0.0.1", 0))
    stranger.settimeout(5)
    here = stranger.getsockname()
    uri = "sip:bob@127.0.0.1:%d" % here[1]

    def dropped(what, vias):
        with t.check("dropped: " + what):
            client = alice.send_request("OPTIONS", uri)
            request = Message.parse(stranger.recv(65535))
            stranger.sendto(answer_to(request, vias(request.all("via")[0])),
                            (alice.host, alice.port))
            alice.wait(lambda: alice.records[-1].dropped, 5, "dropped message")
            expect(client.final is None, "it was taken")
            stranger.sendto(answer_to(request), (alice.host, alice.port))
            client.wait()  # the right one is still welcome
            while select_readable(stranger):
                stranger.recv(65535)

    own = "127.0.0.1:%d" % alice.port
    dropped("a response with a foreign sent-by", lambda via: [via.replace(own, "10.9.9.9:5060")])
    dropped("a response with another port in sent-by",
            lambda via: [via.replace(own, "127.0.0.1:5999")])
    dropped("a response with two Vias", lambda via: [via, "SIP/2.0/UDP 10.9.9.9;branch=z9hG4bKx"])
    dropped("a response with an unknown branch", lambda via: [via + "x"])
    dropped("a datagram whose Via says TCP", lambda via: [via.replace("/UDP", "/TCP")])
    with t.check("a response goes to the sent-by, not to where the request came from"):
        expect_equal(ask_from_elsewhere(bob, ""), "sent-by", "the answer went to")
    with t.check("a request for another host is refused"):
        client = alice.send_request("OPTIONS", "sip:bob@127.0.0.2",
                                    route=["sip:127.0.0.1:%d;lr" % bob.port])
        expect_equal(client.wait().status, 404, "answer")
        expect(bob.problems, "bob found nothing wrong")
    with t.check("a stream without Content-Length is a problem"):
        before = len(bob.problems)
        with socket.create_connection((bob.host, bob.port), 5) as s:
            s.sendall(b"OPTIONS sip:bob@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP x\r\n\r\n")
            expect_equal(s.recv(100), b"", "what came back")
        expect(len(bob.problems) > before, "bob found nothing wrong")
    with t.check("a parameter that stands twice is a parse error"):
        request, _ = alice.build("OPTIONS", uri)
        data = request.encode().replace(b";branch", b";branch=z9hG4bKa;branch", 1)
        try:
            Message.parse(data)
        except ParseError:
            pass
        else:
            expect(False, "it was parsed")
    stranger.close()


def select_readable(sock):
    sock.setblocking(False)
    try:
        sock.recv(1, socket.MSG_PEEK)
        return True
    except BlockingIOError:
        return False
    finally:
        sock.settimeout(5)


def ask_from_elsewhere(bob, rport):
    """Sends OPTIONS from one port with the Via of another: which of the two got the answer?"""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as source, \
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sent_by:
        for s in (source, sent_by):
            s.bind(("127.0.0.1", 0))
            s.settimeout(0.05)
        request = Message("OPTIONS", "sip:bob@127.0.0.1:%d" % bob.port)
        request.add("Via", "SIP/2.0/UDP 127.0.0.1:%d;branch=z9hG4bK1%s"
                    % (sent_by.getsockname()[1], rport))
        request.add("From", "<sip:a@b>;tag=1").add("To", "<sip:b@b>").add("Call-ID", "1")
        request.add("CSeq", "1 OPTIONS").add("Max-Forwards", "70")
        source.sendto(request.encode(), (bob.host, bob.port))
        for _ in range(100):
            for name, s in (("source", source), ("sent-by", sent_by)):
                with contextlib.suppress(TimeoutError):
                    if s.recv(65535).startswith(b"SIP/2.0 200"):
                        return name
    return "nobody"
