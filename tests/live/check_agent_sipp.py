# SPDX-License-Identifier: MIT
"""sipp as caller and called, with one socket and with one a call, with -i and without."""

import dataclasses
import itertools

import sipp_scenario as scenarios
from checks import expect, expect_equal, group
from crossing import Crossing
from lab.message import format_hostport
from lab.network import NETWORKS, PEER, SECOND, address, wait_until
from lab.sipp import listening, tail
from registrar import PASSWORD, USER
from whole_calls import ALL, Agent, Cell, Stage, Steered, example, run_cell, seconds


@dataclasses.dataclass(frozen=True)
class SippCell(Cell):
    sockets: str = "1"  # of -t: 1, or n for one a call

    def __str__(self):
        return "-t %s%s%s" % (self.transport[0], self.sockets, super().__str__()[3:])


class Example(Steered, SippCell):
    """With outside = B; for a connection a call, which has a port of its own, inside = B."""

    def __str__(self):
        return "config/sipp.ini, " + super().__str__()

    def ini(self):
        inside, outside = "AB" if (self.transport, self.sockets) != ("tcp", "n") else "BA"
        return example("sipp.ini", {
            "10.70.0.20": address(inside, 4, SECOND),
            "10.70.0.0/16": NETWORKS[inside]["prefixes"][0],
            "192.0.2.20": address(outside, 4, SECOND),
            "2001:db8:b::20": address(outside, 6, SECOND),
            "198.51.100.0/28": NETWORKS[outside]["prefixes"][0],
            "2001:db8:c::/64": NETWORKS[outside]["prefixes"][1]})


class Sipp(Agent):
    """One sipp a call. Without -i it names what the kernel says of the way to the peer."""

    name = "sipp"
    can = {"challenge"}

    def start(self, wrap):
        self.wrap = wrap
        self.count = 0

    def alive(self):
        return True

    def bind(self):
        return {"wildcard": [], "specific": ["-i", self.member],
                "ephemeral": ["-i", self.own]}[self.cell.shape]

    def begin(self, text, more, port):
        self.count += 1
        path = self.lab.write(self.lab.new_name("scenario") + ".xml", text)
        words = ["sipp", "-sf", path, "-m", "1", "-nostdin", "-nd", "-t",
                 self.cell.transport[0] + self.cell.sockets, "-max_socket", "50",
                 "-recv_timeout", "10000", "-timeout", "20s", "-timeout_error",
                 "-au", USER, "-ap", PASSWORD]
        if port:
            words += ["-p", str(port)]
        self.child = self.lab.start(self.lab.proxy, self.wrap + words + self.bind() + more,
                                    self.log)

    def caller(self, text, peer):
        uri = self.cell.uri(peer.user, peer.host)
        self.begin(text, ["-key", "dest", uri, format_hostport(peer.host, 5060)],
                   None if self.cell.shape == "ephemeral" and self.cell.sockets == "n" else 5060)

    def called(self, text):
        self.begin(text, [], 5060)
        wait_until(lambda: listening(self.child.pid, self.cell.transport, 5060), 10,
                   "listening sipp", self.child, lambda: self.lab.read(self.log))

    def done(self):
        """Its exit code tells whether all went by its scenario."""
        code = self.child.wait(self.patience)
        expect_equal(code, 0, "sipp: %s: the exit code" % tail(self.lab.read(self.log)))


class SippStage(Stage):
    """One sipp for each of the steps of whole_calls."""

    def registers(self):
        self.agent.caller(scenarios.REGISTER, self.registrar)
        super().registers()
        self.agent.done()

    def invited(self, text, peer):
        self.agent.caller(text, peer)
        call = peer.expect_call()
        self.seen_at(peer, call.server.request)
        call.ring()
        return call

    def answered_by(self, text, peer):
        call = self.invited(text, peer)
        call.answer()
        call.wait_ack()
        return call

    def calls_ended_by_host(self, text=scenarios.CALL_HOST_ENDS, peer=None):
        peer = peer or self.registrar
        call = self.answered_by(text, peer)
        call.wait_bye()
        self.seen_at(peer, call.server.request)
        self.agent.done()

    def calls_ended_by_peer(self, text=scenarios.CALL_PEER_ENDS, peer=None):
        """sipp answers on the call's own connection alone, so this has to be at its Contact's port."""
        if self.cell.transport == "tcp" and not isinstance(self.cell, Example):
            self.lab.write("bond.ini", self.cell.ini().replace("no-member",
                                                               "source-port = member\nno-member"))
        call = self.answered_by(text, peer or self.registrar)
        self.lab.write("bond.ini", self.cell.ini())
        expect_equal(call.reinvite().wait().status, 200, "the answer to re-INVITE")
        call.bye()
        self.agent.done()

    def cancels(self):
        call = self.invited(scenarios.CALL_CANCELLED, self.registrar)
        self.registrar.wait(lambda: call.cancelled, 10, "CANCEL")
        self.agent.done()

    def busy_peer(self):
        self.invited(scenarios.CALL_BUSY, self.registrar).reject(486)
        self.agent.done()

    def options(self):
        self.agent.caller(scenarios.OPTIONS, self.registrar)
        self.registrar.wait(lambda: self.registrar.received("OPTIONS"), 10, "OPTIONS")
        self.seen_at(self.registrar, self.registrar.received("OPTIONS")[-1].message)
        self.agent.done()

    def second_bond(self):
        self.calls_ended_by_peer(scenarios.CALL_PEER_ENDS, self.second)

    def unsteered(self):
        if self.cell.inside() and self.cell.transport == "tcp":
            self.calls_ended_by_host(scenarios.CALL_BARE_HOST_ENDS, self.inside)  # no source-port
            return
        self.calls_ended_by_peer(scenarios.CALL_BARE, self.inside)

    def nothing(self):
        self.agent.caller(scenarios.OPTIONS, self.registrar)
        wait_until(lambda: "no member of external" in self.lab.read(self.trace), 10, "refusal")
        expect(self.agent.alive(), "sipp has ended")
        self.agent.stop()

    # -- called ----------------------------------------------------------------------------

    def listens(self, text):
        self.agent.called(text)

    def called_by(self, text):
        self.listens(text)
        return self.registrar.invite(self.contact())

    def called_ended_by_peer(self):
        call = self.called_by(scenarios.CALLED_PEER_ENDS)
        self.named(call.wait_answer())
        expect_equal(call.reinvite().wait().status, 200, "the answer to re-INVITE")
        call.bye()
        self.agent.done()

    def called_ended_by_host(self):
        call = self.called_by(scenarios.CALLED_HOST_ENDS)
        self.named(call.wait_answer())
        call.wait_bye()
        self.agent.done()

    def named(self, response):
        host = response.contact.uri.host
        expect(host in self.cell.sources(PEER), "Contact of the answer is %s" % response.contact)

    def busy(self):
        call = self.called_by(scenarios.CALLED_BUSY)
        expect_equal(call.client.wait().status, 486, "the answer to INVITE")
        self.agent.done()

    def cancelled_by_peer(self):
        call = self.called_by(scenarios.CALLED_CANCELLED)
        call.wait_response(180)
        expect_equal(call.cancel().wait().status, 200, "the answer to CANCEL")
        expect_equal(call.client.wait().status, 487, "the answer to INVITE")
        self.agent.done()

    def answers_options(self):
        self.listens(scenarios.ANSWERS_OPTIONS)
        response = self.registrar.send_request("OPTIONS", self.contact()).wait()
        expect_equal(response.status, 200, "the answer to OPTIONS")
        self.agent.done()

    def steps(self):
        cell = self.cell
        if cell.no_member:
            return [("nothing leaves", (), self.nothing)]
        steps = [("registers, with 401", self.registers),
                 ("calls, re-INVITE and BYE by the host", self.calls_ended_by_host),
                 ("CANCEL by the host", self.cancels),
                 ("its call gets 486", self.busy_peer),
                 ("OPTIONS by the host", self.options)]
        if cell.sockets == "1" or cell.transport == "udp":
            # Of connections sipp has no other than the call's to answer on.
            steps.append(("calls, re-INVITE and BYE by the peer", self.calls_ended_by_peer))
            if cell.bonds == 2:
                steps.append(("calls by the second bond", self.second_bond))
            if cell.shape != "specific":
                steps.append(("calls on the other network", self.unsteered))
        if cell.shape == "specific" or (cell.shape == "wildcard" and cell.family == 4):
            # It is called by IPv6 only where -i says so.
            steps += [("is called, re-INVITE and BYE by the peer", self.called_ended_by_peer),
                      ("is called, BYE by the host", self.called_ended_by_host),
                      ("CANCEL by the peer", self.cancelled_by_peer),
                      ("answers 486", self.busy), ("answers OPTIONS", self.answers_options)]
        return [(name, (), step) for name, step in steps]


def cells():
    """Of sipp's two modes, three ways to bind and two families. By UDP and one socket at an address
    of A nothing can leave, as check_hosts.py holds. By TCP and a connection a call sipp writes the
    port that it had before connect()."""
    for transport in ("udp", "tcp"):
        for family in (4, 6):
            for sockets in "1n":
                for shape in ("wildcard", "specific", "ephemeral"):
                    if (transport, sockets, shape) != ("udp", "1", "ephemeral"):
                        yield SippCell(transport, family, shape, sockets=sockets)
        for family in (4, 6):
            yield SippCell(transport, family, "wildcard", 2)
            yield SippCell(transport, family, "wildcard", 1, 2)
            yield SippCell(transport, family, "wildcard", no_member=True)


def examples():
    for transport, sockets, family in (("udp", "1", 4), ("udp", "n", 6), ("tcp", "1", 4),
                                       ("tcp", "1", 6), ("tcp", "n", 4)):
        yield Example(transport, family, "wildcard", sockets=sockets)


def is_quick(cell):
    return cell.family == (6 if cell.sockets == "n" or cell.members == 2 else 4)  # both, by halves


def run_cells(t, transport):
    for cell in itertools.chain((c for c in cells() if ALL or is_quick(c)), examples()):
        if cell.transport == transport:
            with Crossing() as lab:  # anew: a connection's two ends may be as they were before
                run_cell(t, lab, Sipp, cell, SippStage)


@group(seconds=seconds(60))
def agent_sipp_udp(t):
    run_cells(t, "udp")


@group(seconds=seconds(60))
def agent_sipp_tcp(t):
    run_cells(t, "tcp")
