# SPDX-License-Identifier: MIT
"""The npm package sip: one socket of each transport at the wildcard address or one address."""

import os
import shutil
import subprocess

from checks import group
from lab.message import format_host
from lab.network import ROOT
from scripted import AGENTS, OneSocket, Scripted
from whole_calls import PORT, seconds, whole

FOLDER = os.path.join(ROOT, "build", "npm")


def install():
    """Why the package cannot be had, or None."""
    if os.path.exists(os.path.join(FOLDER, "node_modules", "sip", "sip.js")):
        return None
    if not shutil.which("npm"):
        return "there is no npm"
    os.makedirs(FOLDER, exist_ok=True)
    done = subprocess.run(["npm", "install", "--no-save", "--prefix", FOLDER, "sip@0.0.6"],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        return "npm cannot install sip: " + (done.stderr.strip().splitlines() or ["?"])[-1]
    return None


class NodeSip(Scripted):
    name = "node-sip"
    transports = ("udp", "tcp", "tls")
    families = (4,)  # of a URI with an IPv6 address it can read nothing
    shapes = ("wildcard",)  # each of several has its own transactions; port 0 is 5060

    def words(self):
        cert, key = self.lab.certificate() if self.cell.transport == "tls" else ("", "")
        return ["node", os.path.join(AGENTS, "node_sip.js"), FOLDER, self.address(),
                format_host(self.own), self.cell.transport, format_host(self.server),
                str(PORT[self.cell.transport]), key, cert]


@group(seconds=seconds(90))
def agent_node(t):
    why = install()
    if why:
        t.skip("node sip", why)
        return
    whole(t, NodeSip)
    whole(t, NodeSip, [OneSocket(transport, shape=shape) for transport in ("udp", "tcp")
                       for shape in ("wildcard", "one")])
