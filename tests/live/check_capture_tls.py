# SPDX-License-Identifier: MIT
"""bondctl trace of what is inside of TLS and WSS: captures, ladders and lines have each message in the clear, as the
peers have it and as Kamailio has it; nothing of what is ciphertext is among them."""

import collections
import os
import re
import subprocess

from check_capture import BONDCTL, Capture, await_byes, blocks, expect_sngrep_reads, ladder_of, of, streams, tshark, words
from check_tls import TLS_PORT, TlsDialogs, member, start
from check_websocket import Peers, Row
from checks import expect, expect_equal, group
from lab.message import format_hostport
from lab.network import FIRST, Lab, address, wait_until
from strict_calls import whole

CLEAR = "inside TLS"


def sip_of(file, interface):
    """The messages that tshark takes for SIP there without being told what the ports are: (start, Call-ID), counted."""
    fields = ["sip.Method", "sip.Status-Code", "sip.Call-ID"]
    command = ["tshark", "-r", file, "-Y", 'sip && frame.interface_name == "%s"' % interface, "-T", "fields"]
    for field in fields:
        command += ["-e", field]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=dict(os.environ, HOME="/"))
    expect_equal(done.returncode, 0, "status of tshark: " + done.stderr)
    rows = [dict(zip(fields, line.split("\t"))) for line in done.stdout.splitlines()]
    return collections.Counter((row["sip.Method"] or row["sip.Status-Code"], row["sip.Call-ID"]) for row in rows)


def seen_by(*agents):
    """Those that the agents sent and got, and the bytes of what they got."""
    records = [r for ua in agents for r in ua.records if not r.dropped]
    got = [r.message.raw for r in records if r.direction == "in"]
    return collections.Counter((r.message.method or str(r.message.status), r.message.call_id) for r in records), got


def begin(lab, host, answers):
    """A capture of both views and a ladder of all, once both are there."""
    file = Capture(lab, host.main_pid(), "--pcap", "FILE", "--both")
    ladder = Capture(lab, host.main_pid(), "--ladder")
    wait_until(file.size, 10, "the file", file.child, lambda: lab.read(file.log))
    first = file.size()
    wait_until(lambda: answers() and file.size() > first, 10, "a first message", file.child,
               lambda: lab.read(file.log))
    return file, ladder


def check_messages(t, file, agents, ids):
    """The messages of these Call-IDs, each once, whole, and as the agents have them."""
    packets = tshark(file.file)
    with t.check("tshark finds each message of the calls inside of TLS once, and no other"):
        wanted, got = seen_by(*agents)
        found = sip_of(file.file, CLEAR)
        expect_equal({k: n for k, n in found.items() if k[1] in ids}, {k: n for k, n in wanted.items() if k[1] in ids},
                     "messages")
        expect(sum(n for k, n in wanted.items() if k[1] in ids) >= 6, "they are few: %s" % wanted)
    with t.check("what the peers got is there byte by byte"):
        text = b"".join(streams(of(packets, CLEAR)).values())
        for data in got:
            expect(data in text, "%r is not there" % data)
    with t.check("sngrep reads all of it"):
        expect_sngrep_reads(file.file)
    with t.check("as Kamailio has them there are as many"):
        expect_equal(sip_of(file.file, "host") & found, found, "messages")
    return packets


def invites(packets, call_id, source):
    return [p for p in packets if p.src[0] == source and p.data.startswith(b"INVITE") and
            b"Call-ID: " + call_id.encode() + b"\r\n" in p.data]


@group(seconds=120)
def capture_tls(t):
    """Whole calls from TLS to TLS through a Kamailio whose headers are edited."""
    with Lab() as lab:
        host = start(lab, "kamailio", "tls", "tls", "A", "B")
        probe = address("A", 4, FIRST)
        file, ladder = begin(lab, host, lambda: host._answers(probe))
        lines = Capture(lab, host.main_pid())
        wait_until(lambda: host._answers(probe) and lab.read(lines.log), 10, "a first line", lines.child)
        where = member("B", 4, "tls")
        ids = []
        with TlsDialogs(lab, "A", 4, "B", 4, "tls", "tls") as pair:
            for by in ("caller", "called"):
                with t.check("TLS to TLS: a call under capture, BYE by the " + by, pair.transcript):
                    call, far = pair.connect()
                    ids.append(pair.bob.received("INVITE")[-1].message.call_id)
                    first, second = (call, far) if by == "caller" else (far, call)
                    first.bye()
                    second.wait_bye()
                    pair.no_problems()
            agents = pair.alice, pair.bob
            await_byes(lab, ladder, ids)
            text = ladder.end()
            file.end()
            said = lines.end()
            packets = check_messages(t, file, agents, ids)
        with t.check("the member, the route, and Kamailio's own text stand in comments"):
            for call_id in ids:
                wire = invites(of(packets, CLEAR), call_id, where[0])
                written = invites(of(packets, "host"), call_id, where[0]) or [
                    p for p in of(packets, "host", b"Call-ID: " + call_id.encode()) if p.data.startswith(b"INVITE") and
                    p.dst == wire[0].dst]
                expect_equal((len(wire), len(written)), (1, 1), "INVITEs")
                for word in ("SSL_write; inside TLS; bond external; member tls:%s; route to-b" %
                             format_hostport(*where), "as the program sent it"):
                    expect(word in wire[0].comment, "%r is not in %s" % (word, wire[0].comment))
                top = b"Via: SIP/2.0/TLS %s" % where[0].encode()
                expect(top in wire[0].data and top not in written[0].data,
                       "Via: %r and %r" % (wire[0].data, written[0].data))
        with t.check("nothing of the records of TLS is among them"):
            ends = {p.src for p in of(packets, CLEAR)} | {p.dst for p in of(packets, CLEAR)}
            expect_equal([p for p in of(packets, "wire") if p.src in ends and p.dst in ends], [], "packets")
            expect_equal([p for p in packets if p.data[:1] in b"\x14\x15\x16\x17"], [], "records")
        for call_id in ids:
            with t.check("the ladder has each message once, as tls, by its member and route"):
                block = "\n".join(blocks(text, call_id))
                wanted, _ = seen_by(*agents)
                expect_equal(len(re.findall(r"\btls\b", block)), sum(n for (_, c), n in wanted.items() if c == call_id),
                             "messages in:\n" + block)
                for word in ("external", "route to-b", "INVITE 1", "BYE ", "ACK 1", "180", "200"):
                    expect(word in block, "%s is not in:\n%s" % (word, block))
            with t.check("the ladder of the file is the same, and that of the log has them"):
                again, logged = (ladder_of(lab, name) for name in (file.file, lab.path(host.trace)))
                expect_equal(words(again, call_id), words(text, call_id), "messages")
                seen = " ".join(blocks(logged, call_id))
                for word in ("INVITE", "200 OK", "ACK", "BYE", "external", "route to-b", "tls"):
                    expect(word in seen, "%s is not in:\n%s" % (word, logged))
        with t.check("lines: the call of the library, in the clear, by its member and route"):
            found = [line for line in said.splitlines()
                     if "SSL_write(<TLS:[%s:" % where[0] in line and '"INVITE sip:' in line]
            expect_equal(len(found), len(ids), "lines of INVITE in:\n" + said)
            for word in ("external tls:%s" % format_hostport(*where), "route to-b", "edited via", "Call-ID"):
                expect(word in found[0], "%s is not in %s" % (word, found[0]))
            expect([line for line in said.splitlines() if "SSL_read(<TLS:[" in line and "restored" in line], said)
        host.stop()


@group(seconds=120)
def capture_wss(t):
    """A call from WSS to UDP through Kamailio: the messages of the frames."""
    row = Row("wss", 4, False)
    with Lab() as lab:
        host = row.start(lab)
        file, ladder = begin(lab, host, lambda: host._answers(row.probe()))
        with Peers(lab, row) as peers:
            with t.check("WSS to UDP and back: calls under capture"):
                whole(peers.alice, peers.bob, peers.to_bob)
                whole(peers.bob, peers.alice, peers.to_alice)
                peers.check()
            ids = {r.message.call_id for r in peers.alice.records if r.message.method == "INVITE"}
            expect_equal(len(ids), 2, "calls")
            await_byes(lab, ladder, ids)
            text = ladder.end()
            file.end()
            packets = check_messages(t, file, (peers.alice,), ids)
        with t.check("comments tell of both, and of the member"):
            for p in of(packets, CLEAR, b"INVITE sip:"):
                expect("; inside WebSocket inside TLS; bond internal; member wss:%s" % format_hostport(*row.member)
                       in p.comment, p.comment)
        for call_id in ids:
            with t.check("the ladder has each once, as wss"):
                wanted, _ = seen_by(peers.alice)
                rows = [line for line in "\n".join(blocks(text, call_id)).split("\n") if "wss" in line]
                expect_equal(len(rows), sum(n for (w, c), n in wanted.items() if c == call_id), "in:\n" + text)
                expect_equal(words(ladder_of(lab, file.file), call_id), words(text, call_id), "of the file")
        host.stop()
