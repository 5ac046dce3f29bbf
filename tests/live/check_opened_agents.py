# SPDX-License-Identifier: MIT
"""User agents and load generators that listen at one address, of A, whose members of B are opened: the
steps of whole_calls, by the filter and by sk_lookup. linphonec listens at the wildcard, which hears them
by itself."""

import dataclasses
import re
import subprocess

import check_agent_jvm
from check_agent_baresip import Baresip
from check_agent_linphone import Linphone, default_routes
from check_agent_node import NodeSip, install
from check_agent_perl import NetSip
from check_agent_sipp import Sipp, SippStage
from check_agent_sofia import Nua
from checks import expect_equal, group
from crossing import Crossing
from lab.message import format_hostport
from lab.network import PEER2, ROOT, SECOND, THIRD, address, wait_until
from whole_calls import Cell, Stage, run_cell, seconds

WAYS = ("open=filter", "open=sk_lookup")


@dataclasses.dataclass(frozen=True)
class Opened(Cell):
    """shape: "own", the program's one address and port 5060, or wildcard. way: the word of its members."""
    shape: str = "own"
    way: str = "open"

    def __str__(self):
        return "%s, %s" % (super().__str__(), self.way)

    def ini(self):
        lines = super().ini().splitlines()
        return "".join(line + (" " + self.way if line.startswith(("member = udp", "member = tcp"))
                               else "") + "\n" for line in lines)


@dataclasses.dataclass(frozen=True)
class OpenedSipp(Opened):
    sockets: str = "1"


class CalledOnMembers(Stage):
    """Beside the steps of Stage: a call to each member that the program did not register with, as peers
    know them that were told of them otherwise."""

    def called_on(self, peer, host, by_peer=False):
        """A call on that address of the host: all of it leaves from there."""
        call = self.called(peer, self.cell.uri("me", host))
        expect_equal(call.dialog.target.host, host, "its Contact")
        if by_peer:
            call.bye()
        else:
            self.ended_by_host(call)
        came = {seen.src[0] for seen in self.lab.wire.seen(after=self.mark)
                if seen.dst[0] == peer.host and call.dialog.call_id.encode() in seen.data}
        expect_equal(came, {host}, "what the call's messages came from")

    def called_on_members(self):
        self.called_on(self.registrar, self.member(SECOND))
        self.called_on(self.second, self.member(SECOND if self.cell.bonds == 1 else THIRD))

    def crosswise(self):
        """A response leaves from the address that was asked, whatever the routes say."""
        self.called_on(self.registrar, self.member(THIRD), by_peer=True)
        self.mark = self.lab.wire.mark()

    def __init__(self, lab, kind, cell):
        super().__init__(lab, kind, cell)
        self.stranger = self._peer("A", PEER2, "stranger", (), {"make_socket": lab.peer["B"].socket})

    def called_without_route(self):
        """Nor does a peer without a route lose the member that it came in through. By TCP it is one to which the
        program has no connection: one that stands is used as it is."""
        self.called_on(self.inside if self.cell.transport == "udp" else self.stranger, self.member(SECOND))
        self.mark = self.lab.wire.mark()

    def member(self, host):
        return address("B", self.cell.family, host)

    def steps(self):
        steps = super().steps() + [("is called on its members by two peers", ("answer", "hang-up"),
                                    self.called_on_members),
                                   ("is called on a member by a peer without a route", ("answer", "hang-up"),
                                    self.called_without_route)]
        if self.cell.bonds == 2:
            steps.append(("is called on the member of another bond", ("answer", "hang-up"),
                          self.crosswise))
        return steps


class HeardAnyway(CalledOnMembers):
    """Of a program that listens at the wildcard."""

    def nothing_to_open(self):
        said = [line.partition(" by itself: ")[2] for line in self.lab.read(self.trace).splitlines()
                if "the program listens at " in line]
        expect_equal(said, ["there is nothing to open"] * 2, "what the trace says of UDP and of TCP")

    def steps(self):
        steps = super().steps() if self.cell.transport == "udp" else Stage.steps(self)
        return steps + [("it is said once that nothing is to be opened", (), self.nothing_to_open)]


class OneAddress:
    """An agent whose listener is at its own address and port 5060."""

    shapes = ("own",)

    def address(self):
        return self.own

    def port(self):
        return 5060


class BaresipAt(Baresip):
    shapes = ("own",)


class NodeAt(OneAddress, NodeSip):
    pass


class NetSipAt(OneAddress, NetSip):
    pass


class NioAt(OneAddress, check_agent_jvm.Nio):
    """Its IPv4 sockets are of IPv6, bound to the mapped address."""


class NuaAt(Nua):
    shapes = ("own",)

    def places(self):
        return ["sip:" + format_hostport(self.own, 5060)]


class SippAt(Sipp):
    def bind(self):
        return ["-i", self.own]


class SippAtStage(SippStage):
    def listens(self, text):
        """A member is heard by sk_lookup from when listen() has returned; the kernel has the listener before that."""
        super().listens(text)
        if self.cell.transport == "tcp":
            mine = re.compile(r"\[pid %d\] .* listen\(" % self.agent.child.pid)
            wait_until(lambda: mine.search(self.lab.read(self.trace)), 10, "opened members", self.agent.child,
                       lambda: self.lab.read(self.agent.log))

    def steps(self):
        called = [("is called, re-INVITE and BYE by the peer", self.called_ended_by_peer),
                  ("is called, BYE by the host", self.called_ended_by_host),
                  ("CANCEL by the peer", self.cancelled_by_peer),
                  ("answers 486", self.busy), ("answers OPTIONS", self.answers_options)]
        return super().steps() + [(name, (), step) for name, step in called]


def cells(kind, make=Opened):
    """Both families and transports, each by another way, and two bonds once."""
    found = []
    for number, (transport, family) in enumerate((t, f) for f in kind.families
                                                 for t in ("udp", "tcp")):
        found.append(make(transport, family, bonds=2 if number == 0 else 1,
                          way=WAYS[(number + family // 6) % 2]))
    return found


def whole(t, kind, make_cell=Opened, make_stage=CalledOnMembers):
    with Crossing() as lab:
        for cell in cells(kind, make_cell):
            run_cell(t, lab, kind, cell, make_stage)


@group(seconds=seconds(60))
def opened_sipp(t):
    for cell in cells(Sipp, OpenedSipp):
        with Crossing() as lab:  # anew: a connection's two ends may be as they were before
            run_cell(t, lab, SippAt, cell, SippAtStage)


@group(seconds=seconds(60))
def opened_baresip(t):
    whole(t, BaresipAt)


@group(seconds=seconds(60))
def opened_sofia(t):
    subprocess.run(["make", "-s", "-C", ROOT, "build/agents/nua"], check=True)
    whole(t, NuaAt)


@group(seconds=seconds(60))
def opened_node(t):
    why = install()
    if why:
        t.skip("node sip", why)
        return
    whole(t, NodeAt)


@group(seconds=seconds(60))
def opened_perl(t):
    whole(t, NetSipAt)


@group(seconds=seconds(60))
def opened_jvm(t):
    check_agent_jvm.compile_agent()
    whole(t, NioAt)


@group(seconds=seconds(60), waits=True)
def opened_linphone(t):
    with Crossing() as lab:
        default_routes(lab)
        run_cell(t, lab, Linphone, Opened("udp", 4, "wildcard"), HeardAnyway)
        # What belle-sip is asked by a new connection it answers by the one that it has to that peer.
        run_cell(t, lab, Linphone, Opened("tcp", 6, "wildcard"), HeardAnyway)
