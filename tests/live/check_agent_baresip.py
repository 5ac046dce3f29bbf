# SPDX-License-Identifier: MIT
"""baresip, told by its menu on a terminal."""

import os
import pty
import threading
import tty

from checks import group
from lab.message import format_hostport
from lab.network import NETWORKS, SECOND, address, wait_until
from registrar import PASSWORD, USER
from whole_calls import PORT, Agent, Steered, example, seconds, whole

CONFIG = """module_path /usr/lib/baresip/modules
audio_player aubridge,a
audio_source aubridge,a
audio_alert aubridge,a
sip_cafile {cafile}
sip_certificate {certificate}
module g711.so
module aubridge.so
module stdio.so
module_app account.so
module_app menu.so
{more}
"""
ACCOUNT = ("<sip:{user}@{server};transport={transport}>;auth_user={user};auth_pass={password};"
           "regint=600;answermode=auto\n")


class Example(Steered):
    def __str__(self):
        return "config/baresip.ini, " + super().__str__()

    def ini(self):
        return example("baresip.ini", {
            "192.0.2.77": address("B", 4, SECOND), "2001:db8:b::77": address("B", 6, SECOND),
            "10.50.0.77": address("A", 4, SECOND), "10.50.0.0/16": NETWORKS["A"]["prefixes"][0]})


class Baresip(Agent):
    name = "baresip"
    transports = ("udp", "tcp", "tls")
    tls_seen = True
    shapes = ("ephemeral", "specific")  # it puts its own address in the wildcard's place
    lifetime = 3

    @classmethod
    def has(cls, cell):
        return cell.shape == "ephemeral" or (cell.bonds == 1 and not cell.no_member)

    @classmethod
    def abilities(cls, cell):
        """Where it listens on a member it has no socket for the other network. The example leads
        all IPv6 outside."""
        if cell.shape == "specific" or (isinstance(cell, Example) and cell.family == 6):
            return cls.can - {"inside"}
        return cls.can

    def start(self, wrap):
        cell = self.cell
        folder = self.lab.path(self.lab.new_name("baresip"))
        os.makedirs(folder)
        with open(self.lab.path("agent.pem"), "w") as out:
            for path in self.lab.certificate():
                with open(path) as part:
                    out.write(part.read())
        more = "net_interface eth-a"
        if cell.shape in ("specific", "own"):
            more = "sip_listen " + format_hostport(
                self.own if cell.shape == "own" else self.member, 5060)
        files = {"config": CONFIG.format(more=more, cafile=self.lab.certificate()[0],
                                          certificate=self.lab.path("agent.pem")),
                 "accounts": ACCOUNT.format(
                     user=USER, password=PASSWORD, transport=cell.transport,
                     server=format_hostport(self.server, PORT[cell.transport])),
                 "contacts": ""}
        for name, text in files.items():
            self.lab.write(os.path.join(folder, name), text)
        self.terminal, slave = pty.openpty()
        tty.setraw(slave)
        self.child = self.lab.start(self.lab.proxy, wrap + ["baresip", "-%d" % cell.family, "-f",
                                                            folder], self.log, stdin=slave)
        os.close(slave)
        wait_until(lambda: "baresip is ready" in self.said(), 10, "baresip", self.child, self.said)

    def said(self):
        return self.lab.read(self.log)

    def later(self, text, then):
        """Calls then() once the program says text, from now on."""
        start = len(self.said())

        def watch():
            wait_until(lambda: text in self.said()[start:], self.patience, text, self.child)
            then()
        threading.Thread(target=watch, daemon=True).start()

    def on_call(self, what):
        start = len(self.said())
        self.tell("answermode " + ("auto" if what == "answer" else "manual"))
        wait_until(lambda: "Answer mode changed" in self.said()[start:], 5, "answer mode",
                   self.child, self.said)
        if what == "busy":
            self.later("Incoming call", lambda: self.tell("hangup"))

    def call(self, uri):
        self.tell("dial " + uri.partition(";")[0])  # it adds its account's transport itself

    def hang_up(self):
        self.tell("hangup")

    cancel = hang_up

    def reinvite(self):
        self.tell("reinvite")

    def options(self, uri):
        self.tell("options " + uri)

    def tell(self, words):
        os.write(self.terminal, ("/%s\n" % words).encode())

    def stop(self):
        super().stop()
        os.close(self.terminal)


@group(seconds=seconds(60))
def agent_baresip(t):
    whole(t, Baresip)
    whole(t, Baresip, [Example(transport, family, "ephemeral") for transport, family in (
        ("udp", 4), ("udp", 6), ("tcp", 4), ("tcp", 6), ("tls", 4))])
