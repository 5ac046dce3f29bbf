# SPDX-License-Identifier: MIT
"""bondctl trace --pcap and --ladder: what tshark reads is what was on the wire, byte by byte, and what the
host has; of a Kamailio under calls, and of a small host whose messages are known."""

import collections
import os
import re
import signal
import socket
import subprocess
import sys
import xml.etree.ElementTree as xml

from checks import expect, expect_equal, group
from lab import bonds
from lab.kamailio import Kamailio
from lab.network import FIRST, PEER, ROOT, SECOND, Lab, address, wait_until
from lab.pair import Pair
from lab.wire import Wire

HERE = os.path.dirname(os.path.abspath(__file__))
BONDCTL = os.path.join(ROOT, "bondctl")
FIELDS = ["frame.interface_name", "ip.src", "ipv6.src", "udp.srcport", "tcp.srcport", "ip.dst", "ipv6.dst",
          "udp.dstport", "tcp.dstport", "udp.payload", "tcp.payload", "udp.checksum.status",
          "tcp.checksum.status", "tcp.analysis.flags", "frame.comment"]
CHECKS = ["-o", "udp.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"]
Packet = collections.namedtuple("Packet", "interface proto src dst data comment")


def tshark(file):
    """What is in a capture, once it was found to be sound."""
    command = ["tshark", "-r", file, "-T", "fields"] + CHECKS
    for field in FIELDS:
        command += ["-e", field]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=dict(os.environ, HOME="/"))
    expect_equal(done.returncode, 0, "status of tshark: " + done.stderr)
    packets = []
    for line in done.stdout.splitlines():
        row = dict(zip(FIELDS, line.split("\t")))
        proto = "udp" if row["udp.srcport"] else "tcp"
        expect_equal(row[proto + ".checksum.status"], "1", "checksum of " + line)
        expect_equal(row["tcp.analysis.flags"], "", "what tshark thinks of " + line)
        packets.append(Packet(
            row["frame.interface_name"], proto,
            (row["ip.src"] or row["ipv6.src"], int(row[proto + ".srcport"])),
            (row["ip.dst"] or row["ipv6.dst"], int(row[proto + ".dstport"])),
            bytes.fromhex(row[proto + ".payload"]), row["frame.comment"]))
    return packets


def by_call(file):
    """How many messages tshark finds of each Call-ID."""
    done = subprocess.run(["tshark", "-r", file, "-Y", "sip", "-T", "fields", "-e", "sip.Call-ID"], text=True,
                          capture_output=True, timeout=60, env=dict(os.environ, HOME="/"))
    expect_equal(done.returncode, 0, "status of tshark: " + done.stderr)
    return collections.Counter(done.stdout.split())


def expect_sngrep_reads(file):
    """sngrep takes each message for what it is: it writes all of them again. Of the asking whether the host is up an answer
    may be the first that is in the file, which is no call for sngrep."""
    again, wanted = file + ".sngrep", by_call(file)
    done = subprocess.run(["sngrep", "-N", "-I", file, "-O", again], stdin=subprocess.DEVNULL, text=True,
                          capture_output=True, timeout=60, env=dict(os.environ, HOME="/", TERM="xterm"))
    expect_equal(done.returncode, 0, "status of sngrep: " + done.stderr)
    seen = by_call(again)
    expect_equal(int(done.stdout.split("Dialog count:")[-1]), len(seen), "calls that sngrep counts")
    for counts in (wanted, seen):
        counts.pop("up", 0)
    expect_equal(seen, wanted, "what sngrep has")


def of(packets, interface, text=b""):
    return [p for p in packets if p.interface == interface and text in p.data]


def streams(packets):
    """Bytes by (source, destination), of TCP."""
    out = collections.defaultdict(bytes)
    for p in packets:
        if p.proto == "tcp":
            out[p.src, p.dst] += p.data
    return dict(out)


class Capture:
    """bondctl trace in the lab's proxy, until it is told to end."""

    def __init__(self, lab, pid, *words):
        Capture.number = getattr(Capture, "number", 0) + 1
        self.lab, self.log = lab, "capture-%d" % Capture.number
        self.file = lab.path(self.log + ".pcapng")
        words = [self.file if word == "FILE" else word for word in words]
        self.child = lab.start(lab.proxy, [BONDCTL, "trace"] + list(words) + [str(pid)], self.log)

    def size(self):
        return os.path.getsize(self.file) if os.path.exists(self.file) else 0

    def end(self):
        self.child.send_signal(signal.SIGINT)
        expect_equal(self.child.wait(20), 0, "status: " + self.lab.read(self.log))
        return self.lab.read(self.log)


def sip_on(wires, own):
    """What the packet sockets saw of SIP by UDP, and of TCP, from or to the host's addresses."""
    seen = [s for wire in wires for s in wire.seen() if s.data]
    seen = [s for s in seen if s.src[0] in own or s.dst[0] in own]
    udp = collections.Counter((s.src, s.dst, s.data) for s in seen if s.proto == "udp")
    return udp, streams(seen)


def blocks(text, call_id):
    """The lines of a call's ladder, without the times, and the heads once."""
    lines, heads = [], []
    for part in text.split("Call-ID ")[1:]:
        name, *rest = part.split("\n")
        if name not in (call_id, call_id + " (continued)"):
            continue
        first = [i for i, line in enumerate(rest) if line[:1].isdigit()][0]
        heads = rest[:first]
        lines += [line[13:].rstrip() for line in rest[first:] if line]
    return heads + lines


def words(text, call_id):
    """What is written at the arrows of a call's ladder, however many blocks it has."""
    return [re.sub("[^A-Za-z0-9, ]+", "", line).split() for line in blocks(text, call_id)
            if re.search("[▶◀]|route ", line)]


def await_byes(lab, ladder, ids):
    """Until the answers to BYE on both sides are drawn: a peer has them before the host has traced them."""
    def answered(call_id):
        return len(re.findall(r"\b200 [\w ()]*BYE", "\n".join(blocks(lab.read(ladder.log), call_id)))) == 2
    wait_until(lambda: all(answered(call_id) for call_id in ids), 20, "the end of the ladder", ladder.child,
               lambda: lab.read(ladder.log))


@group(seconds=60)
def capture(t):
    """Calls through Kamailio, by UDP and TCP, IPv4 and IPv6: the file against packet sockets."""
    with Lab() as lab:
        host = Kamailio(lab, ini=lab.write("bond.ini", bonds.both()), mhomed=0, daemon=True, user="kamailio")
        probe = address("A", 4, FIRST)
        file = Capture(lab, host.main_pid(), "--pcap", "FILE", "--both")
        ladder = Capture(lab, host.main_pid(), "--ladder")
        wait_until(lambda: file.size(), 10, "the file", file.child, lambda: lab.read(file.log))
        first = file.size()
        wait_until(lambda: host._answers(probe) and file.size() > first, 10, "a first message",
                   file.child, lambda: lab.read(file.log))
        wires = [Wire(lab.peer["A"]), Wire(lab.peer["B"]), Wire(lab.proxy)]
        for wire in wires:
            lab.closing(wire.close)
        calls = []
        for family, transport in ((4, "udp"), (6, "udp"), (4, "tcp")):
            with Pair(lab, "A", family, "B", family) as pair:
                with t.check("IPv%d, %s: a call under capture" % (family, transport), pair.transcript):
                    call, far = pair.connect(transport)
                    calls.append((family, transport, pair.bob.received("INVITE")[0].message.call_id))
                    call.bye()
                    far.wait_bye()
                    pair.no_problems()
        own = {address(side, family, n) for side in "AB" for family in (4, 6) for n in (FIRST, SECOND)}
        udp, tcp = sip_on(wires, own)
        await_byes(lab, ladder, [call_id for _, _, call_id in calls])
        text = ladder.end()
        file.end()
        packets = tshark(file.file)
        with t.check("every datagram of the wire, once, and no other"):
            wire = collections.Counter(p[2:5] for p in of(packets, "wire") if p.proto == "udp")
            wire = collections.Counter({k: n for k, n in wire.items() if b"Call-ID: up\r" not in k[2]})
            expect(len(udp) >= 20, "the packet sockets saw %d" % len(udp))
            expect_equal(wire - udp, collections.Counter(), "what only the file has")
            expect_equal(udp - wire, collections.Counter(), "what only the wire had")
        with t.check("sngrep reads all of it"):
            expect_sngrep_reads(file.file)
        with t.check("every byte of the connections"):
            seen = streams(of(packets, "wire"))
            expect(len(tcp) >= 2, "connections: %s" % list(tcp))
            for ends, data in tcp.items():
                expect_equal(seen.get(ends), data, "what went from %s to %s" % ends)
        for family, transport, call_id in calls:
            name = b"Call-ID: " + call_id.encode()
            member = bonds.member("B", family, transport)
            with t.check("IPv%d, %s: INVITE on the wire, and as Kamailio wrote it" % (family, transport)):
                invite = [p for p in of(packets, "wire", name) if p.data.startswith(b"INVITE")
                          and p.src[0] == member[0]]
                expect(invite, "no INVITE from the member")
                written = [p for p in of(packets, "host", name) if p.data.startswith(b"INVITE")
                           and p.dst == invite[0].dst]
                expect(written, "no INVITE as the host wrote it")
                for p in invite:
                    for word in ("bond external", "route to-b", "pid "):
                        expect(word in p.comment, "%s is not in %s" % (word, p.comment))
                if transport == "udp":
                    expect_equal(invite[0].src, member, "source")
                    expect(written[0].src != member, "the host's own source is the member's")
                    top = b"Via: SIP/2.0/UDP " + (b"[%s]" if family == 6 else b"%s") % member[0].encode()
                    expect(top in invite[0].data, "the member's Via is not on the wire")
                    expect(top not in written[0].data, "the member's Via is in the host's")
                    expect("as the program sent it, from " in invite[0].comment, invite[0].comment)
            with t.check("IPv%d, %s: the ladder" % (family, transport)):
                block = "\n".join(blocks(text, call_id))
                for word in ("INVITE", "180", "200", "ACK", "BYE", "external", "route to-b"):
                    expect(word in block, "%s is not in:\n%s" % (word, block))
                if transport == "udp":
                    roles = [x.split() for x in block.splitlines() if "peer" in x][0]
                    expect_equal(roles, ["peer", "H", "M", "external", "peer"], "columns")
                    order = [block.index(word) for word in ("INVITE 1", "100 ", "180 ", "200 ", "ACK 1", "BYE 2")]
                    expect_equal(order, sorted(order), "places of the messages in:\n" + block)
            with t.check("IPv%d, %s: the ladder of the file, and of the log" % (family, transport)):
                again, logged = (ladder_of(lab, name) for name in (file.file, lab.path(host.trace)))
                expect(len(blocks(text, call_id)) >= 10, "the live one is short: " + text)
                expect_equal(words(again, call_id), words(text, call_id), "messages")
                if "Call-ID %s (continued)" % call_id not in again + text:  # a second passed amid the call
                    expect_equal(blocks(again, call_id), blocks(text, call_id), "lines")
                seen = " ".join(blocks(logged, call_id))
                for word in ("INVITE", "200 OK", "ACK", "BYE", "external") + ("route to-b",) * (transport == "udp"):
                    expect(word in seen, "%s is not in:\n%s" % (word, logged))
                expect(" -" not in " ".join(line[:13] for line in logged.splitlines()), "time goes back:\n" + logged)
            with t.check("IPv%d, %s: the ladder as SVG" % (family, transport)):
                texts = ["".join(e.itertext()) for e in xml.fromstring(ladder_of(lab, file.file, "--svg")).iter()
                         if e.tag.endswith("}text")]
                for word in ("Call-ID " + call_id, "INVITE 1", "M external", "external, route to-b"):
                    expect([x for x in texts if x.startswith(word)], "%s is not in %s" % (word, texts))
        host.stop()


def ladder_of(lab, *words):
    done = lab.proxy.run([BONDCTL, "ladder"] + list(words))
    expect_equal((done.returncode, done.stderr), (0, ""), "status of bondctl ladder, and what it says")
    return done.stdout


def start_host(lab, ini, *words):
    args = bonds.bondrun(ini) + [sys.executable, os.path.join(HERE, "host_of_capture.py")] + list(words)
    child = subprocess.Popen(lab.proxy.command(args), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             text=True)
    lab.closing(child.kill)
    return child, int(child.stdout.readline())


def say(host, word):
    host.stdin.write(word + "\n")
    host.stdin.flush()
    return host.stdout.readline().strip()


def answer(request):
    kept = [row for row in request.split(b"\r\n") if row[:3] in (b"Via", b"Fro", b"To:", b"Cal", b"CSe")]
    return b"SIP/2.0 200 OK\r\n" + b"\r\n".join(kept) + b"\r\nContent-Length: 0\r\n\r\n"


@group(seconds=60)
def capture_known(t):
    """A small host: forms of sends, both views to the byte, pipes, full disks, and a bondctl that is killed."""
    listener, member = address("B", 4, FIRST), address("B", 4, SECOND)
    peer, elsewhere = address("B", 4, PEER), address("A", 4, PEER)
    with Lab() as lab:
        ini = lab.write("known.ini", "[bond:external]\nmember = udp:%s:5060\nmember = tcp:%s:5060\n"
                        "[route:known]\nto = %s\nbond = external\n" % (member, member, peer))
        host, pid = start_host(lab, ini, listener, member, peer, elsewhere)
        far = lab.peer["B"].socket(socket.AF_INET, socket.SOCK_DGRAM)
        far.bind((peer, 5080))
        far.settimeout(10)
        heard = lab.peer["B"].socket(socket.AF_INET, socket.SOCK_STREAM)
        heard.bind((peer, 5080))
        heard.listen(1)
        heard.settimeout(10)
        file = Capture(lab, pid, "--pcap", "FILE", "--both")
        first = 0

        def begun():
            say(host, "unrouted")
            return file.size() > first
        wait_until(file.size, 10, "the file", file.child, lambda: lab.read(file.log))
        first = file.size()
        wait_until(begun, 10, "a first message", file.child, lambda: lab.read(file.log))
        host.stdin.write("edited\n")
        host.stdin.flush()
        request, source = far.recvfrom(65536)
        far.sendto(answer(request), source)
        read = bytes.fromhex(host.stdout.readline())
        sent = [say(host, word) for word in ("large", "pieces", "unrouted", "wild", "media")]
        large, pieces = far.recv(65536), far.recv(65536)
        expect_equal(sent[-1], "media", "the host's last word")
        host.stdin.write("stream\n")
        host.stdin.flush()
        conn, ends = heard.accept()
        streamed = b""
        while not streamed.endswith(b"\r\n\r\n"):
            streamed += conn.recv(65536)
        conn.sendall(answer(streamed)[:40])
        wait_until(lambda: b"SIP/2.0 200 OK" in open(file.file, "rb").read(), 5, "the answer's beginning")
        conn.sendall(answer(streamed)[40:])
        port, got = host.stdout.readline().split()
        file.end()
        packets = tshark(file.file)
        wire = {p.data: p for p in of(packets, "wire")}
        own = {p.data: p for p in of(packets, "host")}
        with t.check("an edited request: as it was on the wire"):
            expect(request in wire, "it is not there: %s" % list(wire))
            expect_equal((wire[request].src, wire[request].dst), ((member, 5060), (peer, 5080)), "ends")
            expect("bond external; member udp:%s:5060; route known" % member in wire[request].comment,
                   wire[request].comment)
        with t.check("and as the host sent it"):
            written = [p for p in own.values() if b"Call-ID: edited" in p.data and b"OPTIONS sip" in p.data]
            expect_equal(len(written), 1, "number")
            expect_equal(written[0].src, (listener, 5060), "source")
            expect(b"Via: SIP/2.0/UDP %s:5060;branch=z9hG4bKedited\r\n" % listener.encode()
                   in written[0].data, "its Via: %r" % written[0].data)
        with t.check("its answer: as it came, and as the host read it"):
            expect(answer(request) in wire and read in own, "they are not there")
            expect(answer(request) != read, "nothing was restored")
            expect_equal(wire[answer(request)].dst, (member, 5060), "destination")
        with t.check("64 KiB, and a message in many pieces"):
            for data in (large, pieces):
                expect(data in wire, "%r ... is not there" % data[:200])
                expect_equal(wire[data].src, (member, 5060), "source")
            expect(len(large) > 60000, "it has %d" % len(large))
        with t.check("no route: the host's own socket; a wildcard's address is the kernel's"):
            for call_id, source in ((b"unrouted", (listener, 5060)), (b"wild", (address("A", 4, FIRST), 5099))):
                found = [p for p in wire.values() if b"Call-ID: " + call_id in p.data]
                expect_equal({p.src for p in found}, {source}, "source of %r" % call_id)
        with t.check("media is not in it, what keeps the flow open is"):
            expect(not [d for d in wire if d.startswith(b"\x80\0")], "media")
            expect(b"\r\n\r\n" in wire, "no keep-alive")
        with t.check("a connection, in the portions that went through it, both ways"):
            out = streams(of(packets, "wire"))
            expect_equal(out.get((ends, (peer, 5080))), streamed, "what left")
            expect_equal(out.get(((peer, 5080), ends)), answer(streamed), "what arrived")
            expect_equal(streams(of(packets, "host")).get(((peer, 5080), (listener, int(port)))),
                         bytes.fromhex(got), "what the host has")

        with t.check("a pipe: tshark reads it as it comes"):
            done = subprocess.Popen(lab.proxy.command(["sh", "-c",
                                    "%s trace -n 1 --pcap - %d | tshark -r - -T fields -e sip.Call-ID"
                                                       % (BONDCTL, pid)]), stdout=subprocess.PIPE,
                                    stderr=subprocess.DEVNULL, text=True, env=dict(os.environ, HOME="/"))
            wait_until(lambda: say(host, "unrouted") and done.poll() is not None, 20, "end of the pipe")
            expect_equal(done.communicate()[0].strip(), "unrouted", "what tshark read")
        with t.check("a full disk is told"):
            done = lab.proxy.run([BONDCTL, "trace", "--pcap", "/dev/full", str(pid)])
            expect_equal((done.returncode, done.stderr), (
                1, "bondctl: /dev/full: No space left on device\n"), "status and standard error")
        with t.check("a bondctl that is killed leaves a file that can be read"):
            killed = Capture(lab, pid, "--pcap", "FILE")
            wait_until(lambda: killed.size() and say(host, "unrouted") and killed.size() > 2000, 10,
                       "messages in the file")
            killed.child.kill()
            killed.child.wait(5)
            expect(len(tshark(killed.file)) >= 3, "there is too little in it")
        host.stdin.close()
        expect_equal(host.wait(10), 0, "status of the host")
