# SPDX-License-Identifier: MIT
"""A member's address moves to another machine and back under calls, as VRRP (RFC 5798) has it."""

import contextlib
import os
import re
import socket
import struct
import subprocess
import time

from check_reload import BYE, Load, source
from check_status import Status, members
from checks import expect, expect_equal, group
from lab import bonds
from lab.kamailio import Kamailio
from lab.network import (FIRST, NETWORKS, PEER, PEER2, ROOT, SECOND, THIRD, Lab, address,
                         command_name, wait_until)
from lab.pair import Pair
from lab.ua import UA
from lab.wire import Wire

MOVING, OTHER = (address("B", 4, host) for host in (SECOND, THIRD))
WITH_LENGTH = NETWORKS["B"][4] % SECOND
ARP, REQUEST = 0x0806, 1
CALLS, RATE, ROUNDS = 4000, 20, 2  # at most so many


def called():
    """The called party of lab/, but it answers a BYE that is sent again, as RFC 3261 17.2.2 has it. sipp answers where the
    call came from, whatever Via says: the other machine has the answers while it has the address. As long as it takes the
    host to give a BYE up and to send the next, where that is long."""
    def again(found):
        bye = found.group()
        return (bye + '  <label id="1"/>\n'
                + bye.replace('"BYE"/', '"BYE" timeout="20000" ontimeout="2"/')
                     .replace("<send>", '<send next="1">') + '  <label id="2"/>\n  <nop/>\n')
    return BYE.sub(again, source("uas.xml"), count=1)


class Router:
    """The other machine of net B, and which of the two has the address."""

    def __init__(self, lab):
        self.lab, self.here = lab, (lab.proxy, "eth-b")
        ns = lab._namespace("router")
        subprocess.run(["ip", "-n", lab.proxy.name, "link", "add", "eth-r", "netns", ns.name,
                        "link", "eth-b", "type", "macvlan", "mode", "bridge"], check=True)
        subprocess.run(["ip", "-n", ns.name, "link", "set", "eth-r", "up"], check=True)
        self.there = ns, "eth-r"

    def _ip(self, place, what):
        ns, device = place
        subprocess.run(["ip", "-n", ns.name, "addr", what, WITH_LENGTH, "dev", device], check=True)

    def _tell(self, place):
        """Gratuitous ARP, so that the peer sends to who has it now."""
        ns, device = place
        with ns.socket(socket.AF_PACKET, socket.SOCK_RAW) as s:
            s.bind((device, ARP))
            own, ip = s.getsockname()[4], socket.inet_aton(MOVING)
            s.send(b"\xff" * 6 + own + struct.pack("!HHHBBH", ARP, 1, 0x0800, 6, 4, REQUEST)
                   + own + ip + b"\0" * 6 + ip)

    def take(self):
        """It has the address from now on."""
        self._ip(self.here, "del")
        self._ip(self.there, "add")
        self._tell(self.there)

    def give_back(self):
        self._ip(self.there, "del")
        self._ip(self.here, "add")
        self._tell(self.here)


class Waiting:
    """bondctl wait of a host's external bond, started and looking."""

    def __init__(self, lab, pid, event):
        self.event = event
        self.child = subprocess.Popen(
            lab.proxy.command([os.path.join(ROOT, "bondctl"), "wait", "--timeout", "20", pid,
                               "--member-" + event, "external"]),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        wait_until(self._sleeps, 10, "bondctl that waits", self.child, self._said)
        self.begin = time.monotonic()

    def _said(self):
        return self.child.stdout.read()

    def _sleeps(self):
        with open("/proc/%d/stat" % self.child.pid) as f:
            state = f.read().rpartition(")")[2].split()[0]
        return command_name(self.child.pid) == "bondctl" and state == "S"

    def told(self):
        """What it printed when that had happened."""
        text = self.child.communicate(timeout=30)[0]
        took = time.monotonic() - self.begin
        expect_equal(self.child.returncode, 0, "status of bondctl wait, which said: " + text)
        expect("member udp:%s:5060 is %s" % (MOVING, self.event) in text, text)
        print("# moves: %s was told %.2f s after the move began" % (self.event, took), flush=True)


def ini_of(lab, *hosts):
    return lab.write("bond-%d.ini" % len(hosts), "[bond:external]\n"
                     + "".join("member = udp:%s:5060\n" % host for host in hosts)
                     + "[route:to-b]\nto = %s\nbond = external\n" % NETWORKS["B"]["prefixes"][0])


@contextlib.contextmanager
def started(lab, ini):
    """The main process of Kamailio, a daemon that is another user. It listens on what is not there
    too, as is usual where addresses move."""
    lab.proxy.run(["sysctl", "-q", "-w", "net.ipv4.ip_nonlocal_bind=1"], check=True)
    host = Kamailio(lab, lab.new_name("kamailio"), ini=ini, daemon=True, user="kamailio", mhomed=0,
                    listen="\n".join("listen=udp:%s:5060" % h for h in (
                        address("A", 4, FIRST), address("B", 4, FIRST), MOVING, OTHER)))
    host.child.wait(20)  # the process that was started ends when the daemon is up
    yield host.main_pid()
    host.stop()


class Watched:
    """What status says of the member that moves, and what has come to the peers."""

    def __init__(self, lab):
        self.ask = Status(lab)
        self.wires = {side: Wire(lab.peer[side]) for side in "AB"}
        for wire in self.wires.values():
            lab.closing(wire.close)

    def member(self, pid):
        return members(self.ask.json(str(pid)))["external", "udp:%s:5060" % MOVING]

    def down(self, pid, because):
        """down since, and because; whenever the thread comes to it"""
        wait_until(lambda: self.member(pid)["state"] == "down", 10, "the member is down")
        told = self.member(pid)
        expect(abs(told["since"] - time.time()) < 30, "down since %s" % told)
        expect(because in told["reason"], "%s" % told)
        text = self.ask.status(str(pid))[1]
        expect(re.search(r"udp:%s:5060 +down since 20.* because %s"
                         % (re.escape(MOVING), re.escape(because)), text), text)

    def up(self, pid):
        wait_until(lambda: self.member(pid)["state"] == "up", 10, "the member is up")
        expect("last_down" in self.member(pid), "when it was down: %s" % self.member(pid))

    def mark(self):
        return {side: wire.mark() for side, wire in self.wires.items()}

    def came(self, mark, side="B"):
        """The addresses of the proxy's machine that came to a peer, by whatever message."""
        return {s.src[0] for s in self.wires[side].seen("udp", after=mark[side])}


@group(seconds=45)
def moves(t):
    with Lab() as lab:
        router, seen = Router(lab), Watched(lab)
        with started(lab, ini_of(lab, MOVING, OTHER)) as pid:
            move_under_load(t, lab, router, seen, pid)
            move_in_dialogs(t, lab, router, seen, pid)


def move_under_load(t, lab, router, seen, pid):
    # The thread that knows begins anew in a process that has changed its user.
    wait_until(lambda: seen.member(pid)["state"] == "up", 10, "the member is up")
    begin = seen.mark()
    load = Load(lab, "moves", source("uac.xml"), called(), 5070, CALLS, RATE)
    for number in range(1, ROUNDS + 1):
        with t.check("move %d: the other member, status and bondctl wait say it" % number):
            waiting = Waiting(lab, pid, "down")
            router.take()
            mark = seen.mark()
            waiting.told()
            seen.down(pid, "its address has gone")
            wait_until(lambda: seen.came(mark), 30, "calls in between")
            expect(load.runs(), "the calls ended too early")
            expect_equal(seen.came(mark), {OTHER}, "source while it was away")
        with t.check("move %d back: it is used again, status and bondctl wait say it" % number):
            waiting = Waiting(lab, pid, "up")
            router.give_back()
            mark = seen.mark()
            waiting.told()
            seen.up(pid)
            wait_until(lambda: MOVING in seen.came(mark), 30, "a call by it")
            expect(load.runs(), "the calls ended too early")
    load.enough()
    with t.check("calls, and %d moves and back: none is lost" % ROUNDS):
        trouble = load.trouble()
        expect(trouble is None, trouble)
    with t.check("nothing left by another address, or to the wrong side"):
        expect_equal(seen.came(begin), {MOVING, OTHER}, "sources in B")
        expect_equal(seen.came(begin, "A"), {address("A", 4, FIRST)}, "sources in A")


def move_in_dialogs(t, lab, router, seen, pid):
    with Pair(lab, "A", 4, "B", 4) as pair, t.check(
            "a call goes on by the other member, and by its own when that is back",
            pair.transcript):
        call, far = pair.connect()
        expect_equal(pair.sources(pair.bob), {(MOVING, 5060)}, "source of INVITE and ACK")
        router.take()
        mark = seen.mark()
        expect_equal(call.reinvite().wait().status, 200, "answer to the re-INVITE")
        far.wait_ack()
        expect_equal(seen.came(mark), {OTHER}, "source of it")
        router.give_back()
        mark = seen.mark()
        expect_equal(call.reinvite().wait().status, 200, "answer to the re-INVITE")
        far.wait_ack()
        expect_equal(seen.came(mark), {MOVING}, "source of it")
        far.bye()
        call.wait_bye()
        pair.no_problems()
    with Pair(lab, "A", 4, "B", 4) as pair, t.check(
            "a call made in between is ended by the called party afterwards", pair.transcript):
        router.take()
        call, far = pair.connect()
        expect_equal(pair.sources(pair.bob), {(OTHER, 5060)}, "source of INVITE and ACK")
        router.give_back()
        far.bye()
        call.wait_bye()
        pair.no_problems()
    with Pair(lab, "A", 4, "B", 4) as pair, t.check(
            "away and back while it rings: CANCEL as the INVITE", pair.transcript):
        call, far = pair.invite()
        far.ring()
        call.wait_response(180)
        router.take()
        router.give_back()
        expect_equal(call.cancel().wait(10).status, 200, "answer to CANCEL")
        expect_equal(call.client.wait(10).status, 487, "answer to INVITE")
        far.wait_ack()
        expect(far.cancelled, "the called party got no CANCEL")
        expect_equal(pair.sources(pair.bob), {(MOVING, 5060)}, "source of all")
        pair.no_problems()


@group(seconds=45)
def moves_late(t):
    """A host that is started while the other machine has the address."""
    with Lab() as lab:
        router, seen = Router(lab), Watched(lab)
        for hosts in ((MOVING, OTHER), (MOVING,)):
            router.take()
            with started(lab, ini_of(lab, *hosts)) as pid:
                what = "%d member%s: " % (len(hosts), "s" * (len(hosts) > 1))
                with t.check(what + "down from the start, and so used"):
                    seen.down(pid, "its address is not on this machine")
                    mark = seen.mark()
                    if len(hosts) == 1:
                        fails(lab)
                    else:
                        call_is_whole(lab)
                    expect_equal(seen.came(mark), set(hosts[1:]), "source")
                with t.check(what + "up and used when the address has come"):
                    waiting = Waiting(lab, pid, "up")
                    router.give_back()
                    waiting.told()
                    mark = seen.mark()
                    call_is_whole(lab)
                    expect_equal(seen.came(mark), {MOVING}, "source")
                    seen.up(pid)


def call_is_whole(lab):
    with Pair(lab, "A", 4, "B", 4) as pair:
        call, far = pair.connect()
        far.bye()
        call.wait_bye()
        pair.no_problems()


def fails(lab):
    with contextlib.closing(UA(address("A", 4, PEER), 5070, "alice",
                               make_socket=lab.peer["A"].socket)) as alice:
        status = alice.options("sip:bob@" + address("B", 4, PEER2),
                               route=["sip:%s;lr" % address("A", 4, FIRST)]).status
        expect(status >= 400, "answer is %d" % status)
