# SPDX-License-Identifier: MIT
"""User agents of agents/, which read what to do from stdin, a line a thing, and say "done LINE"."""

import os
import subprocess

from lab.network import NETWORKS, ROOT, SECOND, THIRD, address, wait_until
from whole_calls import PORT, Agent, Steered, example

AGENTS = os.path.join(ROOT, "tests", "live", "agents")


class OneSocket(Steered):
    def __str__(self):
        return "config/one-socket.ini, " + super().__str__()

    def ini(self):
        return example("one-socket.ini", {
            "192.0.2.80": address("B", 4, SECOND), "2001:db8:b::80": address("B", 6, SECOND),
            "198.51.100.0/28": NETWORKS["B"]["prefixes"][0],
            "2001:db8:c::/64": NETWORKS["B"]["prefixes"][1],
            "10.80.0.10": address("A", 4, SECOND), "10.80.0.0/16": NETWORKS["A"]["prefixes"][0]})


class Scripted(Agent):
    """A subclass gives the words that start the program."""

    waits = 30  # seconds that its start may take

    def words(self):
        raise NotImplementedError

    def address(self):
        """What it binds; several by commas, its own first."""
        if self.cell.shape == "wildcard":
            return "0.0.0.0" if self.cell.family == 4 else "::"
        if self.cell.shape == "specific":
            members = [address("B", self.cell.family, h) for h in (SECOND, THIRD)]
            return ",".join([self.own] + members)
        return self.own  # of shape "one" at port 5060

    def port(self):
        return 0 if self.cell.shape == "ephemeral" else PORT[self.cell.transport]

    def start(self, wrap):
        self.child = self.lab.start(self.lab.proxy, wrap + self.words(), self.log,
                                    stdin=subprocess.PIPE)
        self.lab.closing(self.child.stdin.close)
        wait_until(lambda: "ready" in self.said(), self.waits, self.name, self.child, self.said)

    def said(self):
        return self.lab.read(self.log)

    def tell(self, words):
        start = len(self.said())
        self.child.stdin.write((words + "\n").encode())
        self.child.stdin.flush()
        wait_until(lambda: "done " + words in self.said()[start:], self.patience, words,
                   self.child, self.said)

    def on_call(self, what):
        self.tell("mode " + what)

    def register_again(self):
        self.tell("register")

    def call(self, uri):
        self.tell("call " + uri)

    def cancel(self):
        self.tell("cancel")

    def hang_up(self):
        self.tell("hang-up")

    def reinvite(self):
        self.tell("reinvite")

    def options(self, uri):
        self.tell("options " + uri)
