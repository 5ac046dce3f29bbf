# SPDX-License-Identifier: MIT
"""Perl's Net::SIP: a leg with one socket, named as its user says."""

import os

from checks import group
from scripted import AGENTS, Scripted
from whole_calls import PORT, seconds, whole


class NetSip(Scripted):
    name = "net-sip"
    transports = ("udp", "tcp", "tls")
    tls_seen = True
    shapes = ("wildcard", "ephemeral")

    def words(self):
        return ["perl", os.path.join(AGENTS, "net_sip.pl"), self.address(), self.own,
                str(self.port()), self.cell.transport, self.server, str(PORT[self.cell.transport]),
                *self.lab.certificate()]


@group(seconds=seconds(90))
def agent_perl(t):
    whole(t, NetSip)
