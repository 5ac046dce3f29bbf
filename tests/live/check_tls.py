# SPDX-License-Identifier: MIT
"""Whole calls over TLS through a Kamailio that knows nothing of the member: inside of TLS the headers
agree with the socket too, and both user agents send only where these say."""

import ssl

from check_dialogs_streams import Dialogs, check_lost, check_pair
from checks import group
from lab import bonds
from lab.kamailio import Kamailio
from lab.message import format_hostport
from lab.network import SECOND, Lab, address

PORT = 5066
TLS_PORT = 5067


def port_of(transport):
    return TLS_PORT if transport == "tls" else PORT


def member(side, family, transport):
    return address(side, family, SECOND), port_of(transport)


def texts(form):
    return "\n".join(form % (t, format_hostport(*member(s, f, t)))
                     for s in "AB" for t in ("udp", "tcp", "tls") for f in (4, 6)) + "\n"


def ini(transports, extra=""):
    """transports: side -> what a connection to a peer's port speaks, where it is a connection."""
    lines = []
    for side in "AB":
        lines.append("[bond:%s]" % bonds.BOND_OF[side])
        lines += ["member = %s:%s" % (t, format_hostport(*member(side, f, t)))
                  for t in ("udp", "tcp", "tls") for f in (4, 6)]
        lines.append(bonds.route(side, "transport = " + transports[side]
                                 if transports[side] != "udp" else ""))
    return "\n".join(lines) + extra


class TlsDialogs(Dialogs):
    """The caller reaches the proxy by its first address of that side."""

    def __init__(self, *args, maximum=None, **more):
        super().__init__(*args, **more)
        self.alice.tls_maximum = self.bob.tls_maximum = maximum


def start(lab, name, near, far, here, there, mhomed=0, extra="", **more):
    text = ini({here: near, there: far}, extra)
    return Kamailio(lab, name, ini=lab.write(name + ".ini", text), mhomed=mhomed,
                    modules=texts("listen=%s:%s"), **more)


VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


def matrix(t, rows):
    with Lab() as lab:
        for n, (mhomed, version, here, there, a, b, near, far) in enumerate(rows):
            host = start(lab, "kamailio-%d" % n, near, far, here, there, mhomed)
            what = "mhomed=%d, TLS %s, %s %s to %s %s, IPv%d to IPv%d" % (
                mhomed, version, near.upper(), here, far.upper(), there, a, b)
            with TlsDialogs(lab, here, a, there, b, near, far, maximum=VERSIONS[version]) as pair:
                check_pair(t, pair, what, *member(there, b, far), far, False)
            host.stop()


@group(seconds=240)
def tls_dialogs(t):
    matrix(t, ((0, "1.3", "A", "B", 4, 4, "tls", "tls"), (0, "1.2", "B", "A", 4, 4, "tls", "tls"),
               (0, "1.2", "A", "B", 6, 6, "tls", "tls"), (0, "1.3", "B", "A", 6, 4, "tls", "tls")))


@group(seconds=240)
def tls_dialogs_mixed(t):
    matrix(t, ((0, "1.3", "A", "B", 4, 4, "udp", "tls"), (0, "1.3", "A", "B", 4, 4, "tls", "udp"),
               (0, "1.2", "A", "B", 4, 6, "tls", "tcp"), (0, "1.2", "B", "A", 4, 6, "tcp", "tls")))


@group(seconds=240)
def tls_dialogs_mhomed(t):
    matrix(t, ((1, "1.3", "A", "B", 4, 4, "tls", "tls"), (1, "1.2", "A", "B", 6, 4, "udp", "tls"),
               (1, "1.3", "B", "A", 4, 4, "tls", "tcp")))


@group(seconds=240)
def tls_dialogs_keep(t):
    """The counterpart: with the host's own headers the called party has no way back."""
    with Lab() as lab:
        host = start(lab, "kamailio", "tls", "tls", "A", "B", extra="[host]\nheaders = keep\n")
        with TlsDialogs(lab, "A", 4, "B", 4, "tls", "tls") as pair:
            check_lost(t, pair, "headers = keep: the called party's BYE goes nowhere")
        host.stop()
