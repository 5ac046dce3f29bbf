# SPDX-License-Identifier: MIT
"""What a program under libbond does with domains of which not all is known: a small one that sends
and connects as it is told, so that it looks up nothing itself."""

import socket
import subprocess

from checks import expect, expect_equal, group
from lab import bonds
from lab.network import FIRST, PEER, PEER2, SECOND, THIRD, Lab, address, wait_until
from liar import Liar

ONE, TWO = address("B", 4, PEER), address("B", 4, PEER2)
PROGRAM = """
import socket, sys
bound = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in sys.argv[1:]]
for s, a in zip(bound, sys.argv[1:]):
    s.bind((a, 5060))
for line in sys.stdin:
    how, host, port = line.split()
    if how == "tcp":
        with socket.create_connection((host, int(port)), 5) as s:
            print(s.getsockname()[0], flush=True)
        continue
    bound[0].sendto(("OPTIONS sip:%s SIP/2.0\\r\\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s\\r\\n"
        "From: <sip:a@b>;tag=1\\r\\nTo: <sip:a@b>\\r\\nCall-ID: %s\\r\\nCSeq: 1 OPTIONS\\r\\n"
        "Content-Length: 0\\r\\n\\r\\n" % (how, sys.argv[1], id(line), id(line))).encode(),
        (host, int(port)))
    print("sent", flush=True)
"""


class Program:
    def __init__(self, lab, ini):
        self.lab = lab
        self.trace = lab.path(lab.new_name("trace"))
        words = bonds.bondrun(lab.write(lab.new_name("ini"), ini), self.trace)
        self.child = subprocess.Popen(
            lab.proxy.command(words + ["python3", "-c", PROGRAM, address("B", 4, FIRST),
                                       address("B", 4, SECOND)]),
            text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.peers = {}
        for host in ONE, TWO:
            s = lab.peer["B"].socket(socket.AF_INET, socket.SOCK_DGRAM)
            s.bind((host, 5060))
            s.settimeout(5)
            self.peers[host] = s
            lab.closing(s.close)
        self.listeners = []
        for place in (ONE, 5060), (TWO, 5060), (ONE, 5070):
            s = lab.peer["B"].socket(socket.AF_INET, socket.SOCK_STREAM)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            s.bind(place)
            s.listen(64)
            self.listeners.append(s)
            lab.closing(s.close)

    def say(self, line):
        self.child.stdin.write(line + "\n")
        self.child.stdin.flush()
        return self.child.stdout.readline().strip()

    def connects_from(self, host, port=5060):
        return self.say("tcp %s %d" % (host, port))

    def sends_from(self, name, host):
        """Of a request that names `name`."""
        expect_equal(self.say("%s %s 5060" % (name, host)), "sent", "answer of the program")
        return self.peers[host].recvfrom(2000)[1][0]

    def end(self):
        self.child.stdin.close()
        expect_equal(self.child.wait(10), 0, "exit status")
        for s in list(self.peers.values()) + self.listeners:
            s.close()
        with open(self.trace) as f:
            return f.read()


def ini(name, more=""):
    return ("[bond:external]\nmember = udp:{0}\nmember = tcp:{0}\n[route:carriers]\nto = {1}\n"
            "bond = external\n[dns]\nserver = 127.0.0.1:5354\n{2}").format(
                address("B", 4, SECOND), name, more)


@group(seconds=150)
def names_host(t):
    member, own = address("B", 4, SECOND), address("B", 4, FIRST)
    with Lab() as lab:
        liar = Liar(lab.proxy, "127.0.0.1", 5354, ONE)
        lab.closing(liar.close)
        # a look-up may take four times as long: what is known before it ends is looked at
        program = Program(lab, ini("noaaaa.liar", "timeout = 60\n"))
        with t.check("one question is not answered: what the others say counts"):
            wait_until(lambda: program.connects_from(ONE) == member, 20, "connection by the member")
        with t.check("and the text decides too"):
            expect_equal(program.connects_from(TWO), own, "source of a connection elsewhere")
            expect_equal(program.sends_from("noaaaa.liar", TWO), member, "source, by the text")
            expect_equal(program.sends_from("other.liar", TWO), own, "source of another name")
        trace = program.end()
        with t.check("the trace says so"):
            expect("no DNS answer for noaaaa.liar yet" in trace or
                   "via DNS of noaaaa.liar" in trace, trace)
            expect("; not every DNS answer for noaaaa.liar yet (route carriers)" in trace, trace)
        program = Program(lab, ini("big.liar:5060", "timeout = 2\n"))
        with t.check("more addresses than there is room for: those in the table match"):
            wait_until(lambda: program.connects_from(ONE) == member, 20, "connection by the member")
            wait_until(lambda: "big.liar: " in lab.read(program.trace), 20, "end of the look-up")
        with t.check("and the text decides for the others"):
            expect_equal(program.sends_from("big.liar", TWO), member, "source, by the text")
            expect_equal(program.connects_from(TWO), own, "source of a connection elsewhere")
        trace = program.end()
        with t.check("the trace says so, and what helps"):
            expect("; the table has no room for all of big.liar (route carriers)" in trace, trace)
            expect("big.liar: DNS has more addresses for it than the " in trace, trace)
            expect("as prefixes in `to` they need no room" in trace, trace)
        program = Program(lab, ini("circle1.liar", "timeout = 2\nrefresh = 1\n"))
        with t.check("no answer yet, and none that is one"):
            expect_equal(program.connects_from(ONE), own, "source of a connection")
            expect_equal(program.sends_from("circle1.liar", ONE), member, "source, by the text")
        trace = wait_until(lambda: "circle1.liar: " in lab.read(program.trace) and
                           lab.read(program.trace), 20, "word of the circle")
        program.end()
        with t.check("the trace says why"):
            expect("circle1.liar: its CNAMEs lead in a circle or too far; until DNS answers" in trace,
                   trace)


@group
def names_services(t):
    """A connection leaves by the member for what the domains of its route speak there."""
    with Lab() as lab:
        lab.dns("""
four A %s
_sips._tcp.ta SRV 1 1 5070 four
_sip._tcp.tb SRV 1 1 5070 four
""" % ONE)
        tcp, tls = address("B", 4, SECOND), address("B", 4, THIRD)
        text = "".join("[bond:%s]\nmember = tcp:%s\nmember = tls:%s\n" % (b, tcp, tls) for b in "ab")
        for first, second, wanted in ("a", "b", tls), ("b", "a", tcp):
            program = Program(lab, text + "".join(
                "[route:%s]\nto = t%s.test\nbond = %s\n" % (r, r, r) for r in (first, second)))
            with t.check("the route of t%s.test stands first" % first):
                wait_until(lambda: program.connects_from(ONE, 5070) == wanted, 20,
                           "connection from " + wanted)
            program.end()
