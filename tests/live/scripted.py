# SPDX-License-Identifier: MIT
"""User agents of agents/, which read what to do from stdin, a line a thing, and say "done LINE"."""

import os
import subprocess

from lab import ROOT, SECOND, THIRD, address, wait_until
from whole_calls import PORT, Agent

AGENTS = os.path.join(ROOT, "tests", "live", "agents")


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
        return self.own

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
