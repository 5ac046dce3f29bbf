# SPDX-License-Identifier: MIT
"""linphonec, told by its prompt on a terminal. Its stack, belle-sip, listens on dual-stack wildcard
sockets, connects some of them, and asks getsockname() which address it has."""

import os
import pty
import subprocess
import threading
import tty

from checks import group
from crossing import Crossing
from lab.message import format_host, format_hostport
from lab.network import NETWORKS, PEER, SECOND, address, wait_until
from registrar import PASSWORD, REALM, USER
from whole_calls import (ALL, PORT, Agent, Steered, all_cells, example, quick_cells,
                         run_cell, seconds)

CONFIG = """[sip]
sip_port={port}
sip_tcp_port={port}
sip_tls_port={tls_port}
default_proxy=0
guess_hostname=1
register_only_when_network_is_up=0
use_ipv6={ipv6}
verify_server_certs=0
verify_server_cn=0
[net]
firewall_policy=none
[sound]
local_ring=
remote_ring=
[auth_info_0]
username={user}
userid={user}
passwd={password}
realm={realm}
[proxy_0]
reg_proxy=<sip:{server};transport={transport}>
reg_identity=sip:{user}@{identity}
reg_expires=600
reg_sendregister=1
publish=0
"""


class Linphone(Agent):
    name = "linphonec"
    transports = ("udp", "tcp", "tls")
    tls_seen = True
    shapes = ("wildcard", "ephemeral")
    lifetime = 5
    can = Agent.can - {"options", "busy"}

    def identity(self):
        """The domain of its account, to which REGISTER goes."""
        if self.cell.transport == "tls":
            return format_hostport(self.server, PORT["tls"])
        return format_host(self.server)

    def start(self, wrap):
        cell = self.cell
        home = self.lab.path(self.lab.new_name("linphone"))
        os.makedirs(home + "/.local/share/linphone")
        chosen = cell.shape == "ephemeral"
        config = self.lab.write(os.path.join(home, "rc"), CONFIG.format(
            port=-1 if chosen else 5060, tls_port=-1 if chosen else 5061,
            ipv6=int(cell.family == 6), user=USER, password=PASSWORD, realm=REALM,
            server=format_hostport(self.server, PORT[cell.transport]),
            identity=self.identity(), transport=cell.transport))
        self.terminal, slave = pty.openpty()
        tty.setraw(slave)
        self.child = self.lab.start(self.lab.proxy, wrap + ["linphonec", "-c", config], self.log,
                                    env={"HOME": home, "TERM": "dumb"}, stdin=slave)
        os.close(slave)
        wait_until(lambda: "linphonec> " in self.said(), 10, "linphonec", self.child, self.said)
        self.tell("soundcard use files")

    def said(self):
        return self.lab.read(self.log)

    def tell(self, words):
        os.write(self.terminal, (words + "\n").encode())

    def on_call(self, what):
        start = len(self.said())
        self.tell("autoanswer " + ("enable" if what == "answer" else "disable"))
        wait_until(lambda: "Auto answer " in self.said()[start:], self.patience, "auto answer",
                   self.child, self.said)

    def call(self, uri):
        self.tell("call " + uri)

    def hang_up(self):
        self.tell("terminate all")

    cancel = hang_up

    def reinvite(self):
        self.tell("pause")

    def stop(self):
        super().stop()
        os.close(self.terminal)


class Example(Steered):
    def __str__(self):
        return "config/linphone.ini, " + super().__str__()

    def ini(self):
        return example("linphone.ini", {
            "192.0.2.77": address("B", 4, SECOND), "2001:db8:b::77": address("B", 6, SECOND),
            "10.50.0.77": address("A", 4, SECOND), "10.50.0.0/16": NETWORKS["A"]["prefixes"][0]})


def default_routes(lab):
    """belle-sip asks the kernel for the way to a public address before it believes in a network."""
    for family in (4, 6):
        subprocess.run(["ip", "-n", lab.proxy.name, "-%d" % family, "route", "add", "default",
                        "via", address("B", family, PEER)], check=True)


@group(seconds=seconds(150), waits=True)
def agent_linphone(t):
    with Crossing() as lab:
        default_routes(lab)
        for cell in (all_cells if ALL else quick_cells)(Linphone) + [Example()]:
            run_cell(t, lab, Linphone, cell)
