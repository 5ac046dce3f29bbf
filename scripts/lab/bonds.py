# SPDX-License-Identifier: MIT
"""The lab's bonds as an operator writes them, and the programs of libbond."""

import os
import re

from .message import format_host, format_hostport
from .network import NETWORKS, ROOT, SECOND, THIRD, address

BOND_OF = {"A": "internal", "B": "external"}
ROUTE_OF = {"A": "to-a", "B": "to-b"}


def member(side, family, transport):
    """(address, port) of the lab's member: not the address that the kernel takes by itself."""
    if transport == "tls":
        return address(side, family, THIRD), 5061
    return address(side, family, SECOND), 5060


def member_text(side, family, transport):
    return "%s:%s" % (transport, format_hostport(*member(side, family, transport)))


def bond(side, families=(4, 6), transports=("udp", "tcp", "tls"), extra=""):
    lines = ["[bond:%s]" % BOND_OF[side]]
    lines += ["member = " + member_text(side, f, t) for t in transports for f in families]
    return "\n".join(lines) + "\n" + extra + "\n"


def route(side, extra=""):
    return "[route:%s]\nto = %s\nbond = %s\n%s\n" % (
        ROUTE_OF[side], ", ".join(NETWORKS[side]["prefixes"]), BOND_OF[side], extra)


def both():
    """Bonds external and internal, chosen by the destination's network."""
    return bond("B") + bond("A") + route("B") + route("A")


def bondrun(ini, trace=None, filter_="all"):
    """The words before a program's own to run it under libbond."""
    words = [os.path.join(ROOT, "bondrun"), "-c", ini]
    if trace:
        words += ["-t" + filter_, "-o", trace]
    return words + ["--"]


def without_tls():
    """Words behind those: the program has libbond, but nothing that sees into its TLS."""
    return ["env", "-u", "BOND_ACTIVE", "LD_PRELOAD=" + os.path.join(ROOT, "libbond.so")]


def missing():
    """Why nothing can be run under libbond, or None."""
    for name in ("bondrun", "libbond.so", "libbond-tls.so", "bondctl"):
        if not os.path.exists(os.path.join(ROOT, name)):
            return "%s is not built: run make" % name
    return None


def bondctl(ns, *args):
    """(exit code, what it printed) of bondctl on the proxy host."""
    done = ns.run([os.path.join(ROOT, "bondctl")] + list(args))
    return done.returncode, done.stdout + done.stderr


def destination(transport, host, port):
    return "%s:%s:%d" % (transport, format_host(host), port)


def verdict_of(lines, transport, host, port):
    """(line, verdict) of the first traced call that sent to, or connected to, that place and whose
    verdict is about that transport; (None, None) if there is none."""
    quoted, number = '"%s"' % host, "htons(%d)" % port
    calls = ("sendto", "sendmsg", "send") if transport == "udp" else ("connect",)
    for line in lines:
        if quoted not in line or number not in line:
            continue
        said, _, verdict = line.partition(" ! ")
        call = re.match(r"(?:\[pid +\d+\] )?\S+ (\w+)\(", said)
        if call and call.group(1) in calls and re.search(r"\b%s\b" % transport, verdict):
            return line, verdict
    return None, None
