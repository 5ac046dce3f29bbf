# SPDX-License-Identifier: MIT
"""Many datagrams from eight peers over four opened members into a host of four processes: each is answered
from the address that it came to, and none is lost that the kernel did not drop. BOND_SOAK=1 sends the
whole 200,000 in every way to open members, not by the filter and IPv4 alone."""

import os
import re
import signal
import subprocess

from checks import expect_equal, group
from crossing import Crossing
from lab import bonds
from lab.message import format_hostport
from lab.network import FIRST, NETWORKS, ROOT, address, wait_until

SOAK = bool(os.environ.get("BOND_SOAK"))
PROGRAM = os.path.join(ROOT, "build/opened_flood")
MEMBERS, PEERS = range(21, 25), range(101, 109)
STRANGER = 30  # an address of the host's that is nobody's


def ini(lab, family, way):
    """Half of the peers have a route, to another member than the one that they ask."""
    text = "[bond:external]\n" + "".join("member = udp:%s open=%s\n" % (
        format_hostport(address("B", family, host), 5060), way) for host in MEMBERS)
    return lab.write("%s%d.ini" % (way, family), text + "[route:half]\nto = %s\nbond = external\n" % (
        ", ".join(address("B", family, host) for host in list(PEERS)[::2])))


class Flood:
    """The host of so many processes at its one address, bare or with an INI."""

    def __init__(self, lab, family, processes, file=None):
        self.lab, self.family = lab, family
        self.own = address("A", family, FIRST)
        self.log = lab.new_name("host")
        wrap = bonds.bondrun(file) if file else []
        self.child = lab.start(lab.proxy, wrap + [PROGRAM, "host", self.own, str(processes)], self.log)
        wait_until(lambda: "ready" in lab.read(self.log), 10, "the host", self.child,
                   lambda: lab.read(self.log))

    def peer(self, *words):
        done = self.lab.peer["B"].run([PROGRAM] + list(words), timeout=300)
        expect_equal((done.returncode, done.stderr), (0, ""), "what the peers end with")
        return done.stdout

    def ask(self, count, to):
        """{word: number} that the peers print."""
        text = self.peer("peer", str(count), *(list(to) + ["--"] + [
            address("B", self.family, host) for host in PEERS]))
        return {word: int(number) for word, number in re.findall(r"(\w+) (\d+)", text)}

    def stray(self, count):
        self.peer("stray", str(count), address("B", self.family, STRANGER),
                  address("B", self.family, PEERS[0]))

    def dropped(self):
        """What the kernel dropped at sockets of port 5060 of the host's machine."""
        rows = self.lab.proxy.run(["cat", "/proc/net/udp", "/proc/net/udp6"]).stdout.splitlines()
        return sum(int(row.split()[-1]) for row in rows if re.search(r": \S+:13C4 ", row))

    def ends(self):
        """(answered, woken without data) of each process."""
        os.kill(self.child.pid, signal.SIGTERM)
        self.child.wait(20)
        return [tuple(map(int, pair)) for pair in re.findall(r"answered (\d+) empty (\d+)",
                                                             self.lab.read(self.log))]


def more_addresses(lab):
    for family in (4, 6):
        flags = ["nodad", "noprefixroute"] if family == 6 else []
        for ns, hosts in ((lab.proxy, [*MEMBERS, STRANGER]), (lab.peer["B"], PEERS)):
            for host in hosts:
                subprocess.run(["ip", "-n", ns.name, "addr", "add", NETWORKS["B"][family] % host, "dev",
                                "eth-b"] + flags, check=True)


def all_answered(lab, family, way, count):
    flood = Flood(lab, family, 4, ini(lab, family, way))
    told = flood.ask(count, [address("B", family, host) for host in MEMBERS])
    dropped = flood.dropped()
    ended = flood.ends()
    expect_equal(told["sent"], count, "sent")
    expect_equal(told["elsewhere"], 0, "answers from another address than was asked")
    expect_equal(len(ended), 4, "processes")
    expect_equal(sum(n for n, _ in ended), told["sent"] - dropped, "what the host answered")
    expect_equal(told["answered"], told["sent"] - dropped - told["dropped"], "answers that came")
    print("# opened-flood: IPv%d, %s: %s, dropped at the host %d, woken without data %s" % (
        family, way, told, dropped, [n for _, n in ended]), flush=True)


def woken_in_vain(lab, family, way, count=4000):
    """Of one process, which alone is woken for each datagram, and between them come others for an address
    that the host does not hear."""
    seen = {}
    for name, file, to in (("bare", None, [address("A", family, FIRST)]),
                           ("opened", ini(lab, family, way),
                            [address("B", family, host) for host in MEMBERS])):
        flood = Flood(lab, family, 1, file)
        flood.stray(count)
        told = flood.ask(count, to)
        flood.stray(count)
        ended = flood.ends()
        expect_equal(told["answered"], count, "answers to the host that is " + name)
        seen[name] = [n for _, n in ended]
    expect_equal(seen["opened"], seen["bare"], "wake-ups without data")


@group(seconds=120)
def opened_flood(t):
    subprocess.run(["make", "-s", "-C", ROOT, "build/opened_flood"], check=True)
    with Crossing() as lab:
        more_addresses(lab)
        for family in (4, 6):
            for way in ("filter", "sk_lookup"):
                count = 200000 if SOAK or (family, way) == (4, "filter") else 20000
                with t.check("IPv%d, %s: %d are answered from where they came to" % (
                        family, way, count)):
                    all_answered(lab, family, way, count)
                with t.check("IPv%d, %s: woken without data as often as bare" % (family, way)):
                    woken_in_vain(lab, family, way)
