# SPDX-License-Identifier: MIT
"""Whole calls of one program, both ways, in every cell of transport, family and listener.

    class Baresip(Agent):
        name = "baresip"
        def start(self, wrap): ...

    @group(seconds=seconds(60))
    def agent_baresip(t):
        whole(t, Baresip)

The peers are strict (registrar.py) and stand on both networks (crossing.py). BOND_LIVE_ALL=1 runs all
cells, without it those that differ in kind."""

import contextlib
import dataclasses
import itertools
import os
import re

from checks import expect, expect_equal
from crossing import Crossing
from lab import bonds
from lab.message import format_host, format_hostport
from lab.network import FIRST, PEER, PEER2, ROOT, SECOND, THIRD, address, wait_until
from registrar import Registrar

ALL = bool(os.environ.get("BOND_LIVE_ALL"))
PORT = {"udp": 5060, "tcp": 5060, "tls": 5061}
SHAPES = ("wildcard", "specific", "ephemeral")


def seconds(usual):
    """What a group takes at most, by whether it runs all cells."""
    return usual * 6 if ALL else usual


@dataclasses.dataclass(frozen=True)
class Cell:
    """shape: how the program listens: at the wildcard address and port 5060; at addresses and port
    5060, the first member's among them; or where the kernel likes, at its own address of A. bonds: with 2 the other peer of B is another bond's.
    no_member: the bond has no member of the family."""
    transport: str = "udp"
    family: int = 4
    shape: str = "wildcard"
    members: int = 1
    bonds: int = 1
    no_member: bool = False

    def __str__(self):
        count = "no member" if self.no_member else "%d bond%s of %d" % (
            self.bonds, "s" if self.bonds > 1 else "", self.members)
        return "%s IPv%d, %s, %s" % (self.transport.upper(), self.family, self.shape, count)

    def ini(self):
        families = (10 - self.family,) if self.no_member else (4, 6)
        bonds_ = [("external", (SECOND, THIRD)[:self.members], (PEER, PEER2)[:3 - self.bonds])]
        if self.bonds == 2:
            bonds_.append(("second", (THIRD,), (PEER2,)))
        text = ""
        for name, hosts, peers in bonds_:
            text += "[bond:%s]\n" % name
            text += "".join("member = %s:%s\n" % (t, format_hostport(address("B", f, h), PORT[t]))
                            for t in PORT for f in families for h in hosts)
            text += "no-member = fail\n[route:to-%s]\nto = %s\nbond = %s\n" % (name, ", ".join(
                address("B", f, p) for f in (4, 6) for p in peers), name)
        return text

    def sources(self, peer):
        """The addresses that may send to that peer (PEER or PEER2) of B."""
        if self.no_member:
            return set()
        hosts = (SECOND, THIRD)[:self.members]
        if self.bonds == 2 and peer == PEER2:
            hosts = (THIRD,)
        return {address("B", self.family, h) for h in hosts}

    def inside(self):
        """The addresses that may send to A, if it is steered as well, as by an example."""
        return set()

    def uri(self, user, host):
        return "sip:%s@%s;transport=%s" % (
            user, format_hostport(host, PORT[self.transport]), self.transport)


def example(name, addresses):
    """config/NAME with the addresses of the lab in place of its own ({there: here}) and a secret."""
    with open(os.path.join(ROOT, "config", name)) as f:
        text = f.read()
    for there, here in addresses.items():
        if there not in text:
            raise ValueError("%s names no %s" % (name, there))
        text = text.replace(there, here)
    return text.replace("change-this-to-32-random-letters", "0123456789abcdefghijklmnopqrstuv")


class Steered(Cell):
    """A cell of an example whose first bond is of IPv4 alone, for A."""

    def inside(self):
        return {address("A", 4, SECOND)} if self.family == 4 else set()


class Agent:
    """A program under test; a subclass says how it is started and told what to do.

    self.lab, self.cell; self.own: its address of A; self.member: that of the first member;
    self.server: the registrar's address. The account is USER and PASSWORD of registrar.py.
    What a program cannot do is not in `can`. It is told one thing at a time."""

    name = None
    transports = ("udp", "tcp")
    families = (4, 6)
    shapes = SHAPES
    # answer: takes calls. busy, ring: can be told to. inside: calls a peer without the registrar.
    can = {"register", "register-again", "answer", "ring", "busy", "call", "cancel", "hang-up",
           "challenge", "reinvite", "options", "options-answer", "inside"}
    patience = 10  # seconds that it may take for anything that it is told
    lifetime = None  # seconds that its registration gets, where it registers again by itself alone
    tls_seen = False  # whether libbond sees into its TLS

    def __init__(self, lab, cell):
        self.lab, self.cell = lab, cell
        self.own = address("A", cell.family, FIRST)
        self.member = address("B", cell.family, SECOND)
        self.server = address("B", cell.family, PEER)
        self.log = lab.new_name(self.name) + ".log"
        self.child = None

    @classmethod
    def has(cls, cell):
        """Whether the program can be run in that cell."""
        return True

    @classmethod
    def abilities(cls, cell):
        """What it can do in that cell."""
        return cls.can

    def start(self, wrap):
        """Starts it, the words of wrap before its own, and waits until it takes calls. It registers
        by itself (where it can)."""
        raise NotImplementedError

    def alive(self):
        return self.child is not None and self.child.poll() is None

    def stop(self):
        if self.alive():
            self.child.terminate()
            with contextlib.suppress(Exception):
                self.child.wait(3)
        if self.alive():
            self.child.kill()
            self.child.wait()

    def on_call(self, what):
        """What becomes of the next calls to it: "answer" (as at the start), "ring" or "busy"."""

    def register_again(self):
        """A further REGISTER, now (or soon, where lifetime is set)."""

    def call(self, uri):
        """INVITE to that URI, without a proxy."""

    def cancel(self):
        """CANCEL of the call that rings at the peer."""

    def hang_up(self):
        """BYE of the call that is on."""

    def reinvite(self):
        """re-INVITE of the call that is on (as by hold)."""

    def options(self, uri):
        """OPTIONS to that URI."""


class Stage:
    """The peers and the program of one cell, and the steps."""

    def __init__(self, lab, kind, cell):
        self.lab, self.kind, self.cell = lab, kind, cell
        self.can = kind.abilities(cell)
        self.edited = cell.transport != "tls" or kind.tls_seen
        self.mark = lab.wire.mark()
        self.trace = None
        self.agent = None
        make = lab.peer["B"].socket
        more = {"make_socket": make, "transports": ("udp", "tcp", "tls"),
                "tls": lab.certificate()} if cell.transport == "tls" else {"make_socket": make}
        challenge = ("REGISTER", "INVITE") if "challenge" in self.can else ()
        self.peers = []
        self.registrar = self._peer("B", PEER, "registrar", challenge, more)
        self.second = self._peer("B", PEER2, "second", challenge, more)
        self.inside = self._peer("A", PEER, "inside", (), more)

    def _peer(self, side, host, user, challenge, more):
        peer = Registrar(address(side, self.cell.family, host), user=user, challenge=challenge,
                         lifetime=self.kind.lifetime, **more)
        self.peers.append(peer)
        return peer

    def start(self):
        self.stop()
        for peer in self.peers:
            peer.hang_up()
            peer.incoming.clear()
            peer.problems.clear()
            peer.registrations.clear()
            peer.register_records.clear()
        self.trace = self.lab.new_name("trace")
        ini = self.lab.write("bond.ini", self.cell.ini())
        self.agent = self.kind(self.lab, self.cell)
        self.agent.start(bonds.bondrun(ini, self.lab.path(self.trace)))

    def stop(self):
        if self.agent:
            self.agent.stop()
            self.agent = None

    def close(self):
        self.stop()
        for peer in self.peers:
            peer.close()

    # -- what a peer saw -------------------------------------------------------------------

    def bare(self):
        """The host's own addresses of A; which of them it takes is its affair."""
        return {address("A", self.cell.family, h) for h in (FIRST, SECOND, THIRD)}

    def strays(self):
        """What came to a peer from the wrong address or by the wrong network, as texts."""
        wanted = {address("B", self.cell.family, p): ("eth-b", self.cell.sources(p))
                  for p in (PEER, PEER2)}
        bare = self.cell.inside() or self.bare()
        wanted.update({address("A", self.cell.family, p): ("eth-a", bare) for p in (PEER, PEER2)})
        found = []
        for seen in self.lab.wire.seen(after=self.mark):
            device, sources = wanted.get(seen.dst[0], (seen.device, {seen.src[0]}))
            if seen.device != device or seen.src[0] not in sources:
                found.append("%r by %s" % (seen, seen.device))
        return found

    def clean(self):
        """Nobody had anything to complain of."""
        expect_equal(self.strays(), [], "what came by the wrong side")
        for peer in self.peers:
            expect_equal(peer.problems + peer.errors, [], "what %s found" % peer.user)
        expect(self.agent.alive(), "the program has ended")

    def seen_at(self, peer, message):
        """A request's Via and Contact name a member, or the unsteered address, and nothing else."""
        if not self.edited:
            return
        steered = self.cell.inside()
        names = (steered or self.bare()) if peer is self.inside else self.cell.sources(
            PEER if peer is self.registrar else PEER2)
        expect(message.via.host in names, "Via is %s" % message.via)
        if message.method in ("INVITE", "REGISTER"):
            expect(message.contact.uri.host in names, "Contact is %s" % message.contact)
        if peer is self.inside and not steered:
            text = message.encode().lower()
            expect(b";bond=" not in text and b"x-bond" not in text, "it was edited: %r" % text)

    def detail(self):
        text = "\n".join(p.transcript() for p in self.peers)
        if self.agent:
            text += "\n--- %s\n%s" % (self.kind.name, self.lab.read(self.agent.log)[-4000:])
        if self.trace:
            text += "\n--- trace\n%s" % self.lab.read(self.trace)[-6000:]
        return text

    # -- steps -----------------------------------------------------------------------------

    def registers(self):
        """401, credentials, 200."""
        uri = self.registrar.wait_registered(timeout=self.agent.patience)
        record = self.registrar.register_records[-1]
        self.seen_at(self.registrar, record.message)
        return uri

    def registers_again(self):
        count = len(self.registrar.register_records)
        self.agent.register_again()
        self.registrar.wait_registered(timeout=self.agent.patience, count=count + 1)
        self.seen_at(self.registrar, self.registrar.register_records[-1].message)

    def contact(self):
        """Where the program is called: as it registered, or where it listens on the member."""
        if "register" in self.can:
            return str(self.registrar.wait_registered(timeout=self.agent.patience))
        host = sorted(self.cell.sources(PEER))[0]
        return self.cell.uri("me", host)

    def called(self, peer, uri):
        """A call to the program that it answers."""
        self.agent.on_call("answer")
        call = peer.invite(uri)
        call.wait_answer(self.agent.patience)
        return call

    def calls(self, peer):
        """A call of the program, which the peer has not answered yet."""
        self.agent.call(self.cell.uri(peer.user, peer.host))
        call = peer.expect_call(self.agent.patience)
        self.seen_at(peer, call.server.request)
        call.ring()
        return call

    def answered(self, peer):
        call = self.calls(peer)
        call.answer()
        call.wait_ack(self.agent.patience)
        return call

    def ended_by_host(self, call):
        self.agent.hang_up()
        call.wait_bye(self.agent.patience)

    def called_ended_by_peer(self):
        call = self.called(self.registrar, self.contact())
        response = call.reinvite().wait()
        expect_equal(response.status, 200, "the answer to re-INVITE")
        call.bye()

    def called_ended_by_host(self):
        self.ended_by_host(self.called(self.registrar, self.contact()))

    def calls_ended_by_peer(self):
        call = self.answered(self.registrar)
        expect_equal(call.reinvite().wait().status, 200, "the answer to re-INVITE")
        call.bye()

    def calls_ended_by_host(self):
        self.ended_by_host(self.answered(self.registrar))

    def reinvites(self):
        call = self.answered(self.registrar)
        before = len(call.ack_records)
        self.agent.reinvite()
        self.registrar.wait(lambda: len(call.ack_records) > before, self.agent.patience,
                            "re-INVITE and its ACK")
        self.seen_at(self.registrar, call.server.request)
        call.bye()

    def cancelled_by_peer(self):
        self.agent.on_call("ring")
        call = self.registrar.invite(self.contact())
        call.wait_response(180, self.agent.patience)
        expect_equal(call.cancel().wait().status, 200, "the answer to CANCEL")
        expect_equal(call.client.wait().status, 487, "the answer to INVITE")

    def cancels(self):
        call = self.calls(self.registrar)
        self.agent.cancel()
        self.registrar.wait(lambda: call.cancelled, self.agent.patience, "CANCEL")
        call.wait_ack(self.agent.patience)

    def busy(self):
        self.agent.on_call("busy")
        call = self.registrar.invite(self.contact())
        expect_equal(call.client.wait(self.agent.patience).status, 486, "the answer to INVITE")

    def busy_peer(self):
        call = self.calls(self.registrar)
        call.reject(486)
        call.wait_ack(self.agent.patience)

    def answers_options(self):
        response = self.registrar.send_request("OPTIONS", self.contact()).wait()
        expect(200 <= response.status < 300, "OPTIONS got %s" % response)

    def options(self):
        before = len(self.registrar.received("OPTIONS"))
        self.agent.options(self.cell.uri(self.registrar.user, self.registrar.host))
        self.registrar.wait(lambda: len(self.registrar.received("OPTIONS")) > before,
                            self.agent.patience, "OPTIONS")
        self.seen_at(self.registrar, self.registrar.received("OPTIONS")[-1].message)

    def second_bond(self):
        """A peer of another bond is called, and calls back the Contact that it was told."""
        call = self.answered(self.second)
        call.bye()
        self.ended_by_host(self.called(self.second, str(call.server.request.contact.uri)))

    def unsteered(self):
        """The same on the other network, as if there were no libbond where it has no route."""
        call = self.answered(self.inside)
        if not self.edited:
            self.ended_by_host(call)
            return
        expect_equal(call.reinvite().wait().status, 200, "the answer to re-INVITE")
        call.bye()
        self.ended_by_host(self.called(self.inside, str(call.server.request.contact.uri)))

    def nothing(self):
        """Without a member nothing leaves, neither a REGISTER nor a call."""
        if "call" in self.can:
            self.agent.call(self.cell.uri(self.registrar.user, self.registrar.host))
        said = lambda: re.search(r"no (usable )?member of external .*refused",
                                 self.lab.read(self.trace))
        wait_until(said, self.agent.patience, "send without a member", self.agent.child,
                   lambda: self.lab.read(self.agent.log))
        if "call" in self.can:
            self.agent.hang_up()

    def steps(self):
        """[(name, what the program must be able to do, function)] of this cell."""
        if self.cell.no_member:
            return [("nothing leaves", (), self.nothing),
                    ("a call on the other network is whole", ("call", "hang-up", "inside"),
                     self.unsteered)]
        steps = [("registers, with 401", ("register",), self.registers),
                 ("registers again", ("register", "register-again"), self.registers_again),
                 ("calls, and hangs up", ("call", "hang-up"), self.calls_ended_by_host),
                 ("CANCEL by the host", ("call", "cancel"), self.cancels),
                 ("its call gets 486", ("call",), self.busy_peer)]
        if self.edited:  # what is encrypted has the program's own Contact
            steps += [
                ("is called, re-INVITE and BYE by the peer", ("answer",),
                 self.called_ended_by_peer),
                ("is called, and hangs up", ("answer", "hang-up"), self.called_ended_by_host),
                ("calls, re-INVITE and BYE by the peer", ("call",), self.calls_ended_by_peer),
                ("re-INVITE by the host", ("call", "reinvite"), self.reinvites),
                ("CANCEL by the peer", ("ring",), self.cancelled_by_peer),
                ("answers 486", ("busy",), self.busy),
                ("answers OPTIONS", ("options-answer",), self.answers_options),
                ("OPTIONS by the host", ("options",), self.options)]
            if self.cell.bonds == 2:
                steps.append(("calls by the second bond, both ways",
                              ("call", "answer", "hang-up", "inside"), self.second_bond))
        steps.append(("calls on the other network, both ways",
                      ("call", "answer", "hang-up", "inside"), self.unsteered))
        return steps


def all_cells(kind):
    cells = [Cell(t, f, s, m, b) for t, f, s, (m, b) in itertools.product(
        ("udp", "tcp"), (4, 6), SHAPES, ((1, 1), (2, 1), (1, 2)))]
    cells += [Cell("tls", f, s) for f in (4, 6) for s in SHAPES]
    cells += [Cell(t, f, s, no_member=True) for t in ("udp", "tcp", "tls") for f in (4, 6)
              for s in SHAPES]
    return [c for c in cells if c.transport in kind.transports and c.family in kind.families
            and c.shape in kind.shapes and kind.has(c)]


def quick_cells(kind):
    """Of all cells those that differ in kind: each shape by each transport, one of IPv6 each, two
    members and two bonds once by UDP and once by a connection, and no member."""
    cells = all_cells(kind)
    family = kind.families[0]
    other = kind.families[-1]
    first = kind.shapes[0]
    last = kind.shapes[-1]
    wanted = [Cell(t, family, s) for t in ("udp", "tcp") for s in kind.shapes]
    wanted += [Cell("udp", other, first), Cell("tcp", other, first), Cell("udp", family, first, 2),
               Cell("tcp", other, last, 2), Cell("udp", other, first, 1, 2),
               Cell("tcp", family, first, 1, 2), Cell("udp", family, last, 1, 2),
               Cell("tls", family, first), Cell("udp", family, first, no_member=True),
               Cell("tcp", family, last, no_member=True)]
    if kind.tls_seen:
        wanted.append(Cell("tls", other, last))
    return [c for c in cells if c in wanted]


def whole(t, kind, cells=None):
    """Every step of every cell; a program that failed in one is started anew for the next."""
    if cells is None:
        cells = (all_cells if ALL else quick_cells)(kind)
    with Crossing() as lab:
        for cell in cells:
            run_cell(t, lab, kind, cell)


def run_cell(t, lab, kind, cell, make_stage=Stage):
    stage = make_stage(lab, kind, cell)
    try:
        fresh = False
        for name, needs, step in stage.steps():
            if not stage.can.issuperset(needs):
                continue
            done = False
            with t.check("%s: %s" % (cell, name), stage.detail):
                if not fresh:
                    stage.start()
                    fresh = True
                step()
                stage.clean()
                done = True
            if not done:
                fresh = False
                stage.mark = lab.wire.mark()
    finally:
        stage.close()
