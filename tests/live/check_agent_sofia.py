# SPDX-License-Identifier: MIT
"""Sofia-SIP's nua, the stack of FreeSWITCH, as the program agents/nua.c. It binds a socket for every
address, by UDP and by TCP, where it is told the wildcard, and each outgoing connection to the address of
its listener."""

import os
import shutil
import subprocess

from checks import group
from lab.message import format_host, format_hostport
from lab.network import NETWORKS, ROOT, SECOND, address, wait_until
from registrar import PASSWORD, USER
from whole_calls import PORT, Agent, Cell, example, seconds, whole

PROGRAM = os.path.join(ROOT, "build/agents/nua")


class Nua(Agent):
    name = "nua"
    transports = ("udp", "tcp", "tls")
    tls_seen = True
    shapes = ("specific", "ephemeral")

    @classmethod
    def has(cls, cell):
        # A nua has two places to listen at: the one of A and one of B, or one of TLS.
        return cell.shape != "specific" or (cell.members, cell.bonds) == (1, 1)

    @classmethod
    def abilities(cls, cell):
        """To its Contact of UDP it adds transport=tls, though by TLS it listens at another port where the
        system chooses them."""
        return cls.can - {"inside"} if (cell.transport, cell.shape) == ("tls", "ephemeral") else cls.can

    def program(self):
        return PROGRAM

    def places(self):
        family, shape = self.cell.family, self.cell.shape
        host = format_host(self.own)
        if shape == "wildcard":
            host = "*" if family == 4 else "[::]"
        port = "*" if shape == "ephemeral" else 5060
        places = ["sip:%s:%s" % (host, port)]
        if self.cell.transport == "tls":
            places.append("sips:%s:%s" % (host, "*" if shape == "ephemeral" else 5061))
        elif shape == "specific":
            places.append("sip:" + format_hostport(address("B", family, SECOND), 5060))
        return places

    def parameters(self):
        return "" if self.cell.transport == "udp" else "transport=" + self.cell.transport

    def start(self, wrap):
        folder = self.lab.path("nua-tls")
        os.makedirs(folder, exist_ok=True)
        with open(folder + "/agent.pem", "w") as out:
            for path in self.lab.certificate():
                with open(path) as part:
                    out.write(part.read())
        read, self.input = os.pipe()
        try:
            self.child = self.lab.start(self.lab.proxy, wrap + [
                self.program(), USER, PASSWORD, folder, self.parameters()] + self.places(), self.log, stdin=read)
        finally:
            os.close(read)
        self.wait_for("ready", 0)
        self.tell("register sip:%s;transport=%s" % (
            format_hostport(self.server, PORT[self.cell.transport]), self.cell.transport))

    def said(self):
        return self.lab.read(self.log)

    def wait_for(self, text, start):
        wait_until(lambda: text in self.said()[start:], self.patience, text, self.child, self.said)

    def tell(self, words):
        start = len(self.said())
        os.write(self.input, (words + "\n").encode())
        self.wait_for("done " + words.split()[0], start)

    def on_call(self, what):
        self.tell("on " + what)

    def register_again(self):
        self.tell("register-again")

    def call(self, uri):
        self.tell("call " + uri)

    def cancel(self):
        self.tell("cancel")

    def hang_up(self):
        self.tell("hangup")

    def reinvite(self):
        self.tell("reinvite")

    def options(self, uri):
        self.tell("options " + uri)

    def stop(self):
        super().stop()
        os.close(self.input)


class NuaEverywhere(Nua):
    """Told the wildcard it names one of its addresses to all: bare, too, its calls to the other network
    come from that one."""

    shapes = ("wildcard",)
    can = Agent.can - {"inside"}


class Example(Cell):
    def __str__(self):
        return "config/freeswitch.ini, " + super().__str__()

    def ini(self):
        return example("freeswitch.ini", {
            "192.0.2.60": address("B", 4, SECOND), "2001:db8:b::60": address("B", 6, SECOND),
            "198.51.100.0/28": NETWORKS["B"]["prefixes"][0],
            "2001:db8:c::/64": NETWORKS["B"]["prefixes"][1]})


class Profile(Nua):
    """As a profile of FreeSWITCH, under its name: one listener, of A."""

    def program(self):
        return shutil.copy(PROGRAM, self.lab.path("freeswitch"))

    def places(self):
        return super().places()[:1]


@group(seconds=seconds(60))
def agent_sofia(t):
    subprocess.run(["make", "-s", "-C", ROOT, "build/agents/nua"], check=True)
    whole(t, Nua)
    whole(t, NuaEverywhere)
    whole(t, Profile, [Example("tcp", f, "specific") for f in (4, 6)])
