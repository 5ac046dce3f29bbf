# SPDX-License-Identifier: MIT
"""bondctl reload under calls: sipp calls sipp through hosts whose rules change all the time.

BOND_SOAK=1 makes 20,000 calls and 200 reloads of what is else a short run (make soak)."""

import contextlib
import os
import re
import signal
import subprocess
import time

from checks import expect, expect_equal, group
from lab import bonds, sipp
from lab.kamailio import Kamailio
from lab.message import format_hostport
from lab.network import (FIRST, NETWORKS, PEER, SECOND, THIRD, Lab, address, command_name,
                         wait_until)
from lab.pair import Pair
from lab.wire import Wire

SOAK = bool(os.environ.get("BOND_SOAK"))
CALLS, RATE, RELOADS = (20000, 100, 200) if SOAK else (120, 20, 12)
HERE = os.path.dirname(os.path.abspath(sipp.__file__))
BYE = re.compile(r'  <recv request="BYE"/>.*?</send>\n', re.S)
CALLER_WAITS = """  <recv request="BYE"/>
  <send><![CDATA[

SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
"""
CALLED_ENDS = """  <pause milliseconds="400"/>
  <send retrans="500"><![CDATA[

BYE [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
[routes]
From: <sip:called@[local_ip]:[local_port]>;tag=[pid]-[call_number]
To: <sip:caller@[remote_ip]>;tag=[$2]
Call-ID: [call_id]
CSeq: 1 BYE
Max-Forwards: 70
Content-Length: 0

]]></send>
  <recv response="200"/>
"""
TAG = """  <recv request="INVITE" rrs="true"><action><ereg regexp="tag=([^;]*)" search_in="hdr"
   header="From:" assign_to="1,2"/></action></recv>
  <Reference variables="1,2"/>
"""


def source(name):
    with open(os.path.join(HERE, name)) as f:
        return f.read()


def caller_that_waits():
    """The caller of lab/, but the called party hangs up."""
    head, _, _ = source("uac.xml").partition("  <!-- The proxy has several")
    return head + CALLER_WAITS + "</scenario>\n"


def called_that_ends():
    """The called party of lab/, but it hangs up itself, along the route set that it was given: where
    the host's names in it are of rules that are gone, the host must know its own all the same."""
    text = re.sub(r'  <recv request="INVITE".*?/>\n', lambda _: TAG, source("uas.xml"), count=1)
    return BYE.sub(lambda _: CALLED_ENDS, text)


class Load:
    """sipp in A calls sipp in B through a host at the first address of A."""

    def __init__(self, lab, name, caller, called, port, calls=CALLS, rate=RATE, *words):
        self.lab, self.calls = lab, calls
        here, there = address("A", 4, PEER), address("B", 4, PEER)
        self.place = there, port
        uri = "sip:called@%s;transport=udp" % format_hostport(*self.place)
        common = ["-m", str(calls), "-nostdin", "-nd", "-timeout_error", "-timeout",
                  "%ds" % (calls / rate * 4 + 60)]
        self.logs = ["called-%s.log" % name, "caller-%s.log" % name]
        self.called = lab.start(lab.peer["B"], [
            "sipp", "-sf", lab.write("called-%s.xml" % name, called), "-i", there, "-p", port,
            "-mp", port * 2, "-key", "contact", uri] + list(words) + common, self.logs[0])
        wait_until(lambda: sipp.listening(self.called.pid, "udp", port), 20, "listening sipp",
                   self.called, lambda: lab.read(self.logs[0]))
        self.caller = lab.start(lab.peer["A"], [
            "sipp", "-sf", lab.write("caller-%s.xml" % name, caller), "-i", here, "-p", port + 1000,
            "-mp", port * 3, "-key", "dest", uri, "-r", rate, "-recv_timeout", "20000"] + common
            + [address("A", 4, FIRST) + ":5060"], self.logs[1])

    def runs(self):
        return self.caller.poll() is None

    def enough(self):
        """No new calls; those that are there come to their end."""
        for child in (self.caller, self.called):
            if child.poll() is None:
                child.send_signal(signal.SIGUSR1)
                child.wait(120)

    def trouble(self):
        """What was lost, or None."""
        for name, child, log in zip(("called", "caller"), (self.called, self.caller), self.logs):
            code = child.wait(self.calls / RATE * 5 + 120)
            if code:
                return "%s sipp: exit %d: %s" % (name, code, sipp.tail(self.lab.read(log)))
        return None


def rules(number):
    """The file of the n-th reload: members removed and added, names changed, secrets rotated, routes
    that come and go."""
    member = address("B", 4, (SECOND, THIRD)[number % 2])
    name = ("", " as one.b.test", " as two.b.test:5060")[number % 3]
    secret = ["secret = of-reload-number-%04d-%s" % (n, "x" * 16)
              for n in (number // 2, number // 2 - 1)]
    more = "".join("[route:carrier-%d]\nto = 198.51.100.%d\nbond = external\n" % (n, n)
                   for n in range(1, 1 + number % 5))
    return ("[bond:external]\nmember = udp:%s:5060%s\n" % (member, name) + more
            + "[route:to-b]\nto = %s\nbond = external\n" % NETWORKS["B"]["prefixes"][0]
            + "[host]\n" + "\n".join(secret) + "\n")


def listens():
    return "\n".join("listen=udp:%s:5060" % address(side, 4, host)
                     for side in "AB" for host in (FIRST, SECOND, THIRD))


def bondctl(lab, *args):
    code, text = bonds.bondctl(lab.proxy, *args)
    expect_equal(code, 0, "status of bondctl %s, which said: %s" % (" ".join(map(str, args)), text))
    return text


@contextlib.contextmanager
def started(lab):
    """(Kamailio as a daemon that went into a directory of its own and became another user, its main
    process first in the numbers of all) with the rules of bond.ini."""
    lab.write("bond.ini", rules(0))
    host = Kamailio(lab, ini=lab.path("bond.ini"), daemon=True, user="kamailio", chroot=True, mhomed=0,
                    listen=listens())
    host.child.wait(20)  # the process that was started ends when the daemon is up
    pids = sorted(p for p in lab.proxy.pids() if command_name(p) == "kamailio")
    expect_equal(pids[0], host.main_pid(), "the first of the processes")
    yield host, pids
    host.stop()


@group(seconds=60 if not SOAK else 1500)
def reload_calls(t):
    """Calls of which half are ended by the called party, by the names that it was given. One of the
    host's processes is stopped all the time, and goes on with what it knew."""
    with Lab() as lab, started(lab) as (host, pids):
        wire = Wire(lab.peer["B"])
        lab.closing(wire.close)
        mark, said = wire.mark(), []
        # Two receivers of the first address are forked first.
        working, stopped = pids[1:3]
        os.kill(stopped, signal.SIGSTOP)
        loads = [Load(lab, "one", source("uac.xml"), source("uas.xml"), 5070),
                 Load(lab, "two", caller_that_waits(), called_that_ends(), 5080)]
        for number in range(1, RELOADS + 1):
            lab.write("bond.ini", rules(number))
            said.append(bondctl(lab, "reload", pids[0], lab.path("bond.ini")))
            if all(load.runs() for load in loads):
                time.sleep(CALLS / RATE / RELOADS)
        for load, who in zip(loads, ("the caller", "the called party")):
            with t.check("%d calls that %s ends, %d reloads: none is lost" % (CALLS, who, RELOADS)):
                trouble = load.trouble()
                expect(trouble is None, trouble)
        with t.check("they left from the members of the time, and from no other address"):
            expect_equal(invited(wire, loads, mark), set(members()), "source")
        with t.check("what was removed and added is told"):
            for text in said[:2]:
                for member in members():
                    expect(re.search(r"[+-].*udp:%s" % re.escape(member), text), text)
        with t.check("a process that was stopped all the time goes on with the latest rules"):
            os.kill(stopped, signal.SIGCONT)
            os.kill(working, signal.SIGSTOP)
            mark = wire.mark()
            last = Load(lab, "last", source("uac.xml"), source("uas.xml"), 5072, calls=5)
            trouble = last.trouble()
            expect(trouble is None, trouble)
            expect_equal(invited(wire, [last], mark), {members()[RELOADS % 2]}, "source")
        os.kill(working, signal.SIGCONT)


def members():
    """Of rules with an even number, and with an odd one."""
    return address("B", 4, SECOND), address("B", 4, THIRD)


def invited(wire, loads, mark):
    return {s.src[0] for load in loads for s in wire.seen("udp", load.place, b"INVITE", mark)}


@group(seconds=40)
def reload_pending(t):
    """An INVITE that rings while its member is removed: CANCEL and ACK leave as it did, as RFC 3261
    9.1 and 17.1.1.3 have it; the next call does not."""
    with Lab() as lab, started(lab) as (host, pids):
        for number in (1, 2, 3):
            names = {name: members()[(number - 1) % 2] for name in ("one.b.test", "two.b.test")}
            with Pair(lab, "A", 4, "B", 4, hosts=names) as pair, t.check(
                    "reload %d while it rings: the call is cancelled" % number, pair.transcript):
                here, there = pair.invite()
                there.ring()
                here.wait_response(180)
                lab.write("bond.ini", rules(number))
                bondctl(lab, "reload", pids[0], lab.path("bond.ini"))
                expect_equal(here.cancel().wait(10).status, 200, "answer to CANCEL")
                expect_equal(here.client.wait(10).status, 487, "answer to INVITE")
                wait_until(lambda: there.cancelled, 5, "CANCEL")
                expect_equal({host for host, _ in pair.sources(pair.bob)},
                             {members()[(number - 1) % 2]}, "source of INVITE and CANCEL")
                pair.no_problems()


@group(seconds=40)
def reload_connections(t):
    """A reload takes the member away that a connection was made from: what goes by it has that name on, to
    the end, and the host is shown its own."""
    def rules_of(host):
        return "[bond:external]\nmember = tcp:%s:5060\n[route:to-b]\nto = %s\nbond = external\n" % (
            address("B", 4, host), NETWORKS["B"]["prefixes"][0])

    with Lab() as lab:
        ini = lab.write("bond.ini", rules_of(SECOND))
        host = Kamailio(lab, ini=ini, mhomed=0)
        where = (SECOND, THIRD)
        for number, what in enumerate(("CANCEL", "call, ended by the caller", "call, ended by the called")):
            here_is, next_is = where[number % 2], where[(number + 1) % 2]
            with Pair(lab, "A", 4, "B", 4) as pair, t.check("a reload in a %s" % what, pair.transcript):
                here, there = pair.invite("tcp")
                expect_equal(there.server.request.via.host, address("B", 4, here_is), "Via")
                there.ring()
                here.wait_response(180)
                lab.write("bond.ini", rules_of(next_is))
                bondctl(lab, "reload", host.main_pid(), ini)
                if what == "CANCEL":
                    expect_equal(here.cancel().wait(10).status, 200, "answer to CANCEL")
                    expect_equal(here.client.wait(10).status, 487, "answer to INVITE")
                    wait_until(lambda: there.cancelled, 5, "CANCEL")
                else:
                    there.answer()
                    here.wait_answer()
                    there.wait_ack()
                    expect_equal(here.reinvite().wait().status, 200, "answer to the re-INVITE")
                    expect_equal(there.server.request.via.host, address("B", 4, here_is), "Via of re-INVITE")
                    if number == 1:
                        here.bye()
                        there.wait_bye()
                    else:
                        there.bye()
                        here.wait_bye()
                expect_equal({h for h, _ in pair.sources(pair.bob)}, {address("B", 4, here_is)}, "source")
                pair.no_problems()
        host.stop()


@group(seconds=60)
def reload_resent(t):
    """An INVITE that nobody answers while its member is removed or renamed, and the secret is another:
    what the host's timers send again, and CANCEL and ACK behind it, are of one transaction (RFC 3261
    17.1.1.2, 17.2.3); the next call is another's."""
    with Lab() as lab, started(lab) as (host, pids):
        names = ("one.b.test", "two.b.test")
        for number in (1, 2, 3, 4):
            member = members()[(number - 1) % 2]
            hosts = dict.fromkeys(names, member)
            with Pair(lab, "A", 4, "B", 4, hosts=hosts) as pair, t.check(
                    "reload %d before it is sent again: it is the same" % number, pair.transcript):
                here, there = pair.invite()
                lab.write("bond.ini", rules(number))
                bondctl(lab, "reload", pids[0], lab.path("bond.ini"))
                came = len(pair.bob.received("INVITE"))
                wait_until(lambda: len(pair.bob.received("INVITE")) >= came + 2, 20, "resends")
                there.ring()
                here.wait_response(180)
                expect_equal(here.cancel().wait(10).status, 200, "answer to CANCEL")
                expect_equal(here.client.wait(10).status, 487, "answer to INVITE")
                wait_until(lambda: there.server.acked, 5, "ACK")
                expect_equal({host for host, _ in pair.sources(pair.bob)}, {member}, "source")
                tops = {r.message.all("via")[0] for method in ("INVITE", "CANCEL", "ACK")
                        for r in pair.bob.received(method)}
                expect_equal(len(tops), 1, "top Vias: %s: number" % tops)
                pair.no_problems()
            with Pair(lab, "A", 4, "B", 4, hosts=dict.fromkeys(names, members()[number % 2])) as pair, \
                    t.check("a call behind reload %d goes by it" % number, pair.transcript):
                here, there = pair.connect()
                here.bye()
                expect_equal({host for host, _ in pair.sources(pair.bob)}, {members()[number % 2]},
                             "source")
                pair.no_problems()


@group(seconds=40)
def reload_headers(t):
    """Whether headers are rewritten, and what the script's is called, waits for a restart: dialogs go
    on, and so does the next call."""
    def ini(more):
        return rules(0) + more

    with Lab() as lab, started(lab) as (host, pids):
        hosts = dict.fromkeys(("one.b.test", "two.b.test"), members()[0])
        for number, more in enumerate(("headers = keep\n", "header = X-Side\n",
                                       "headers = keep\nheader = X-Side\n"), 1):
            with Pair(lab, "A", 4, "B", 4, hosts=hosts) as pair, t.check(
                    "%s: a dialog goes on, on both sides" % " ".join(more.split("\n")), pair.transcript):
                here, there = pair.connect()
                lab.write("bond.ini", ini(more))
                said = bondctl(lab, "diff", lab.path("bond.ini"), pids[0])
                said += bondctl(lab, "reload", pids[0], lab.path("bond.ini"))
                for key in re.findall(r"(\w+) =", more):
                    line = "`%s`: takes effect when %d restarts: " % (key, pids[0])
                    expect_equal(said.count(line), 2, "%r in: %s" % (line, said))
                expect_equal(said.count("restarts"), 2 * more.count("="), said)
                expect(there.request("INVITE", body=pair.bob.sdp).wait(10).status == 200, "re-INVITE")
                expect(here.reinvite().wait(10).status == 200, "re-INVITE of the caller")
                there.bye()
                here.wait_bye()
                expect_equal({host for host, _ in pair.sources(pair.bob)}, {members()[0]}, "source")
                pair.no_problems()
            with Pair(lab, "A", 4, "B", 4, hosts=hosts) as pair, t.check(
                    "the next call does as before", pair.transcript):
                here, there = pair.connect()
                top = pair.bob.received("INVITE")[0].message.via
                expect_equal(top.sent_by[0], members()[0], "sent-by")
                here.bye()
                pair.no_problems()


FROM = """[bond:inner]
member = udp:%s:5060
[route:in-out]
from = inner
to = %s
bond = other
[bond:other]
member = udp:%s:5060
"""
# The script takes its time.
SLOW = """	if (is_method("INVITE")) {
		xlog("L_WARN", "HELD\\n");
		usleep("1500000");
	}
"""


@group(seconds=60)
def reload_first_from(t):
    """A reload brings the first `from` while the host works on a call: that goes by the rules by which
    it came, with CANCEL and ACK; the next one by the new ones; and a copy of its marks by none."""
    with Lab() as lab:
        lab.write("bond.ini", rules(0))
        host = Kamailio(lab, ini=lab.path("bond.ini"), mhomed=0, listen=listens(), script=SLOW, modules="loadmodule \"cfgutils.so\"\n")
        inside = FROM % (address("A", 4, FIRST), NETWORKS["B"]["prefixes"][0], address("B", 4, THIRD))
        pid = host.main_pid()
        with Pair(lab, "A", 4, "B", 4) as pair, t.check(
                "a call that is inside the host goes by the former rules", pair.transcript):
            uri = "sip:bob@%s" % format_hostport(pair.bob.host, pair.bob.port_of("udp"))
            here = pair.alice.invite(uri, route=["sip:%s;lr" % pair.proxy])
            wait_until(lambda: "HELD" in lab.read(host.log), 10, "the script")
            lab.write("bond.ini", inside + rules(0))
            bondctl(lab, "reload", pid, lab.path("bond.ini"))
            there = pair.bob.expect_call()
            there.ring()
            here.wait_response(180)
            expect_equal(here.cancel().wait(10).status, 200, "answer to CANCEL")
            expect_equal(here.client.wait(10).status, 487, "answer to INVITE")
            wait_until(lambda: there.server.acked, 5, "ACK")
            expect_equal({host for host, _ in pair.sources(pair.bob)}, {address("B", 4, SECOND)}, "source")
            pair.no_problems()
        with Pair(lab, "A", 4, "B", 4) as pair, t.check("the next goes by `from`", pair.transcript):
            here, there = pair.connect()
            here.bye()
            expect_equal({host for host, _ in pair.sources(pair.bob)}, {address("B", 4, THIRD)}, "source")
            pair.no_problems()
        host.stop()


@group(seconds=60)
def reload_killed(t):
    """bondctl ends by SIGKILL before each of its writes; a disk that is full; a file that is wrong."""
    with Lab() as lab, started(lab) as (host, pids):
        ini, number, last = lab.path("bond.ini"), 0, 0

        def calls_come_from(wanted):
            mark = wire.mark()
            load = Load(lab, lab.new_name("after"), source("uac.xml"), source("uas.xml"), 5070,
                        calls=3)
            trouble = load.trouble()
            expect(trouble is None, trouble)
            came = invited(wire, [load], mark)
            expect(len(came) == 1 and came <= wanted, "source: %s, not %s" % (came, wanted))

        wire = Wire(lab.peer["B"])
        lab.closing(wire.close)
        with t.check("a file with errors changes nothing"):
            lab.write("bad.ini", "[bond:external]\nmember = udp:nonsense:x\n")
            code, text = bonds.bondctl(lab.proxy, "reload", pids[0], lab.path("bad.ini"))
            expect_equal(code, 1, "status; it said: " + text)
            calls_come_from({members()[0]})
        with t.check("killed before each write: the old rules or the new ones, and the next works"):
            for when in range(1, 200):
                number += 1
                lab.write("bond.ini", rules(number))
                done = lab.proxy.run(["strace", "-f", "-qq", "-o", "/dev/null", "-e",
                                      "inject=pwrite64:signal=SIGKILL:when=%d" % when,
                                      os.path.join(bonds.ROOT, "bondctl"), "reload", pids[0], ini])
                if when < 3 or when % 8 == 0:
                    calls_come_from(set(members()))
                if done.returncode == 0:
                    break
                last = when
                bondctl(lab, "reload", pids[0], ini)
            expect(1 <= last < 199, "killed %d times" % last)
            number += 1
            lab.write("bond.ini", rules(number))
            bondctl(lab, "reload", pids[0], ini)
            calls_come_from({members()[number % 2]})
        with t.check("no room on the disk: said, status 1, nothing changed"):
            number += 1
            lab.write("bond.ini", rules(number))
            done = lab.proxy.run(["strace", "-f", "-qq", "-o", "/dev/null", "-e",
                                  "inject=pwrite64,fallocate:error=ENOSPC",
                                  os.path.join(bonds.ROOT, "bondctl"), "reload", pids[0], ini])
            expect_equal(done.returncode, 1, "status; it said: " + done.stdout + done.stderr)
            expect("No space left" in done.stderr, done.stderr)
            calls_come_from({members()[(number - 1) % 2]})
        with t.check("what changed cannot be written: said, and whether it is done"):
            for command, words in (("diff %s %d" % (ini, pids[0]), "what would change could not be written"),
                                   ("reload %d %s" % (pids[0], ini), "the rules are published")):
                done = lab.proxy.run(["sh", "-c", "%s %s > /dev/full" % (
                    os.path.join(bonds.ROOT, "bondctl"), command)])
                expect_equal(done.returncode, 1, "status of " + command)
                expect(words in done.stderr and "No space left" in done.stderr, done.stderr)
            calls_come_from({members()[number % 2]})
        with t.check("a trace that cannot be written ends with why"):
            child = subprocess.Popen(lab.proxy.command(["sh", "-c", "%s trace %d > /dev/full" % (
                os.path.join(bonds.ROOT, "bondctl"), pids[0])]), stderr=subprocess.PIPE, text=True)
            wait_until(lambda: calls_come_from({members()[number % 2]}) or child.poll() is not None, 30,
                       "end of the trace")
            expect_equal(child.returncode, 1, "status")
            expect("No space left on device: the trace ends" in child.stderr.read(), "why")
        with t.check("the host's INI is gone: said which, and why"):
            os.rename(ini, ini + ".gone")
            code, text = bonds.bondctl(lab.proxy, "reload", pids[0])
            os.rename(ini + ".gone", ini)
            expect(code == 1 and ini in text and "No such file" in text, text)
        with t.check("a second name of its file is told"):
            with open("/proc/%d/maps" % pids[0]) as maps:
                file = re.search(r"/\S*/bond[^/]*/\d+$", maps.read(), re.M).group()
            os.link(file, file + ".2")
            code, text = bonds.bondctl(lab.proxy, "status", pids[0])
            os.unlink(file + ".2")
            expect(code == 1 and "hard link" in text, text)
            bondctl(lab, "status", pids[0])
