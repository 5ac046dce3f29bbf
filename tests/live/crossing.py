# SPDX-License-Identifier: MIT
"""A peer that exists on both networks, so that what leaves by the wrong side arrives and is seen.

      host                                     peer
      10.10.0.1 .2 .3    eth-a ---- eth-a   10.10.0.9, .16
      203.0.113.1 .2 .3  eth-b ---- eth-b   203.0.113.9, .16         (IPv6 as in lab.network)

What the host sends from an address of A goes to A, wherever to: the peer's addresses of B are there
as well. A call that leaves from the host's own address of A is whole without libbond, by the wrong
side. That is what check_sides() finds."""

import subprocess

from lab import bonds
from lab.message import format_hostport
from lab.network import FIRST, NETWORKS, PEER, PEER2, SECOND, THIRD, Lab, address
from lab.wire import Wire

TABLE = "100"


class Crossing(Lab):
    """As Lab; peer["A"] and peer["B"] are one namespace."""

    def __init__(self):
        super().__init__()
        self.wire = Wire(self.peer["B"])
        self.closing(self.wire.close)

    def _namespace(self, name, **more):
        if name == "b":
            return self._peer
        ns = super()._namespace("peer" if name == "a" else name, **more)
        if name == "a":
            self._peer = ns
        return ns

    def _wire(self, side):
        name = "eth-" + side.lower()
        subprocess.run(["ip", "link", "add", name, "netns", self.proxy.name, "type", "veth",
                        "peer", "name", name, "netns", self._peer.name], check=True)
        self._address(self.proxy.name, name, side, (FIRST, SECOND, THIRD))
        self._address(self._peer.name, name, side, (PEER, PEER2))
        if side == "A":
            self._policy()

    @staticmethod
    def _batch(ns, lines):
        done = subprocess.run(["ip", "-n", ns, "-batch", "-"], input="\n".join(lines),
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError("ip -batch: " + done.stderr)

    def _address(self, ns, dev, side, hosts):
        lines = ["link set %s up" % dev]
        for family in (4, 6):
            flags = " nodad noprefixroute" if family == 6 else ""
            lines += ["addr add %s dev %s%s" % (NETWORKS[side][family] % host, dev, flags)
                      for host in hosts]
        lines.append("route add %s dev %s src %s" % (
            NETWORKS[side]["prefixes"][1], dev, address(side, 6, hosts[0])))
        self._batch(ns, lines)

    def _policy(self):
        for family, prefix in zip((4, 6), NETWORKS["A"]["prefixes"]):
            for words in (["rule", "add", "from", prefix, "lookup", TABLE],
                          ["route", "add", "default", "via", address("A", family, PEER),
                           "dev", "eth-a", "table", TABLE]):
                subprocess.run(["ip", "-n", self.proxy.name, "-%d" % family] + words, check=True)


def ini(families=(4, 6), members=1, extra="", words=""):
    """A bond of B with one member a family and transport, or two, with those words behind each, and a route to
    B's peers. A has none."""
    hosts = (SECOND, THIRD)[:members]
    lines = ["[bond:external]"]
    lines += ["member = %s:%s%s" % (t, format_hostport(address("B", f, h), 5060), words)
              for t in ("udp", "tcp") for f in families for h in hosts]
    return "\n".join(lines) + "\n" + bonds.route("B") + extra


def members(family, count=1):
    """The addresses that ini() makes members."""
    return {address("B", family, h) for h in (SECOND, THIRD)[:count]}


def strays(lab, family, count=1, after=0):
    """What reached a peer's address of B by the network of A, or from another address than a member's,
    and what reached one of A by B or from a member's: as texts, empty if all is well."""
    good = members(family, count)
    inside = {address("B", family, h) for h in (PEER, PEER2)}
    outside = {address("A", family, h) for h in (PEER, PEER2)}
    found = []
    for seen in lab.wire.seen(after=after):
        if seen.dst[0] in inside and (seen.device != "eth-b" or seen.src[0] not in good):
            found.append("%r by %s" % (seen, seen.device))
        elif seen.dst[0] in outside and (seen.device != "eth-a" or seen.src[0] in good):
            found.append("%r by %s" % (seen, seen.device))
    return found
