# SPDX-License-Identifier: MIT
"""pjsua, which is not in Debian 12: built from its repository, for `make test-hosts` alone. Told by its menu on a
terminal. It asks the kernel for the way to a public address, and a connected socket for its name per
destination; by one address its members are opened.

BOND_PJSIP names a source tree that is there; else it is cloned into build/pjproject."""

import contextlib
import glob
import os
import pty
import threading
import time
import tty

import from_source
from check_agent_linphone import default_routes
from check_opened_agents import CalledOnMembers, Opened, OneAddress, cells
from checks import group
from crossing import Crossing
from lab.message import format_hostport
from lab.network import wait_until
from registrar import PASSWORD, REALM, USER
from whole_calls import ALL, PORT, Agent, Stage, all_cells, run_cell

URL = "https://github.com/pjsip/pjproject.git"
WITHOUT = ("video", "sound", "ffmpeg", "v4l2", "openh264", "libyuv", "libwebrtc", "opus", "bcg729", "sdl")


def built():
    """(the program, why there is none)."""
    tree, why = from_source.tree("BOND_PJSIP", "pjproject", URL)
    if why:
        return None, why
    program = os.path.join(tree, "pjsip-apps", "bin", "pjsua-*")
    if not glob.glob(program):
        for words in (["./configure"] + ["--disable-" + w for w in WITHOUT], ["make", "-s", "dep"],
                      ["make", "-s", "-j2"]):
            why = from_source.run(tree, words)
            if why:
                return None, why
    return glob.glob(program)[0], None


class Pjsua(Agent):
    name = "pjsua"
    transports = ("udp", "tcp", "tls")
    families = (4,)  # it registers by IPv4 first
    tls_seen = True
    program = None
    code = 200
    can = Agent.can - {"options"}

    @classmethod
    def has(cls, cell):
        return cell.shape != "specific" or (cell.bonds == 1 and not cell.no_member)

    @classmethod
    def abilities(cls, cell):
        """By connections all its Contacts name that to its registrar, which others cannot reach."""
        return cls.can if cell.transport == "udp" else cls.can - {"inside"}

    def listens(self):
        """Words for where it listens."""
        if self.cell.shape == "specific":
            return ["--local-port=5060", "--bound-addr=" + self.member]
        if self.cell.shape == "own":
            return ["--local-port=5060", "--bound-addr=" + self.own]
        return ["--local-port=%d" % (5060 if self.cell.shape == "wildcard" else 0)]

    def start(self, wrap):
        cell = self.cell
        server = "sip:%s;transport=%s" % (format_hostport(self.server, PORT[cell.transport]), cell.transport)
        words = ["--null-audio", "--no-color", "--log-level=4", "--app-log-level=3", "--max-calls=4",
                 "--id=sip:%s@%s" % (USER, format_hostport(self.server, PORT[cell.transport])),
                 "--registrar=" + server, "--realm=" + REALM, "--username=" + USER, "--password=" + PASSWORD,
                 "--reg-timeout=600", "--auto-answer=180", "--auto-update-nat=0"] + self.listens()
        if cell.family == 6:
            words.append("--ipv6")
        if cell.transport == "tls":
            certificate, key = self.lab.certificate()
            words += ["--use-tls", "--tls-cert-file=" + certificate, "--tls-privkey-file=" + key]
        self.terminal, slave = pty.openpty()
        tty.setraw(slave)
        self.child = self.lab.start(self.lab.proxy, wrap + ["stdbuf", "-oL", self.program] + words, self.log,
                                    stdin=slave)
        os.close(slave)
        threading.Thread(target=self.takes_calls, args=(self.child, self.terminal), daemon=True).start()
        wait_until(lambda: "You have 0 active call" in self.said(), 10, "pjsua", self.child, self.said)

    def said(self):
        return self.lab.read(self.log)

    def tell(self, *lines):
        os.write(self.terminal, "".join(line + "\n" for line in lines).encode())

    def takes_calls(self, child, terminal):
        """Answers what it says of each call that rings by the code of that time."""
        taken = 0
        while child.poll() is None:
            time.sleep(0.05)
            if self.said().count("Press a to answer") > taken:
                taken += 1
                if self.code:
                    with contextlib.suppress(OSError):
                        os.write(terminal, b"a\n%d\n" % self.code)

    def on_call(self, what):
        self.code = {"answer": 200, "busy": 486, "ring": None}[what]

    def register_again(self):
        self.tell("rr")

    def call(self, uri):
        self.tell("m", uri)

    def hang_up(self):
        self.tell("h")

    cancel = hang_up

    def reinvite(self):
        self.tell("v")

    def stop(self):
        super().stop()
        os.close(self.terminal)


def steered(steps):
    """What its registrar has seen of it stands in all its Vias: they name the member on the other network, too."""
    return [step for step in steps if "other network" not in step[0]]


class OfPjsua(Stage):
    def steps(self):
        return steered(super().steps())


class OnMembers(CalledOnMembers):
    def steps(self):
        return steered(super().steps())


class PjsuaAt(OneAddress, Pjsua):
    families = (4,)


def program(t):
    """False: it was said that there is none."""
    Pjsua.program, why = built()
    if why:
        t.skip("pjsua", why)
    return not why


def agent_pjsua(t):
    if not program(t):
        return
    with Crossing() as lab:
        default_routes(lab)
        for cell in all_cells(Pjsua):
            run_cell(t, lab, Pjsua, cell, OfPjsua)


def agent_pjsua_opened(t):
    if not program(t):
        return
    with Crossing() as lab:
        default_routes(lab)
        for cell in cells(PjsuaAt, Opened):
            run_cell(t, lab, PjsuaAt, cell, OnMembers if cell.transport == "udp" else OfPjsua)


if ALL:
    group(seconds=900)(agent_pjsua)
    group(seconds=600)(agent_pjsua_opened)
