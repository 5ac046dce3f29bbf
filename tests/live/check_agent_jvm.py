# SPDX-License-Identifier: MIT
"""A user agent on the JVM: NIO channels of both families, named by a probe at the wildcard address."""

import os
import subprocess

from checks import group
from lab.message import format_host
from lab.network import ROOT
from scripted import AGENTS, OneSocket, Scripted
from whole_calls import PORT, seconds, whole

FOLDER = os.path.join(ROOT, "build", "java")


class Nio(Scripted):
    name = "jvm"

    def address(self):
        return "::" if self.cell.shape == "wildcard" else super().address()

    def words(self):
        return ["java", "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp", FOLDER, "NioAgent",
                self.address(), str(self.port()), self.cell.transport,
                format_host(self.server), str(PORT[self.cell.transport])]


def compile_agent():
    subprocess.run(["javac", "-d", FOLDER, os.path.join(AGENTS, "NioAgent.java")], check=True,
                   stdin=subprocess.DEVNULL, timeout=120)


@group(seconds=seconds(90))
def agent_jvm(t):
    compile_agent()
    whole(t, Nio)
    whole(t, Nio, [OneSocket(transport, f, shape) for transport in ("udp", "tcp") for f in (4, 6)
                   for shape in ("wildcard", "one")])
