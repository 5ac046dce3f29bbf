# SPDX-License-Identifier: MIT
"""DNS over the life of a host: records that change, name servers that stop, processes that die.

The requests go to addresses, so that Kamailio's own look-ups, which libbond sees, teach it nothing;
a connection to an address of the domain leaves from the member, any other one does not."""

import contextlib
import glob
import os
import pwd
import signal
import time

from check_dns import A4, B4, ONE, TWO, Carriers, ini, leaves
from checks import expect, expect_equal, group
from lab import bonds
from lab.kamailio import Kamailio
from lab.message import format_host
from lab.network import FIRST, Lab, address, wait_until

A6, TLS6 = (ONE[6], 5060), (ONE[6], 5070)
B6 = (TWO[6], 5060)
EVERY_SECOND = "[dns]\nrefresh = 1\n"


def by_address(place, transport):
    return "sip:bob@%s;transport=%s" % (format_host(place[0]), transport)


def family(place):
    return 6 if ":" in place[0] else 4


def source(c, place, transport):
    """From where a request to the place comes, on a new connection if on any."""
    c.hang_up()
    expect_equal(c.options(by_address(place, transport)), 200, "answer")
    return c.sources(transport, place)


def not_of_the_domain(c, place, transport="tcp"):
    expect_equal(source(c, place, transport), [address("B", family(place), FIRST)],
                 "source of a request to elsewhere")


def followed(c, place, transports=("tcp", "udp"), timeout=20):
    """Waits until the domain has that address."""
    for transport in transports:
        member = bonds.member("B", family(place), transport)[0]

        def moved():
            time.sleep(0.3)
            return source(c, place, transport) == [member]
        wait_until(moved, timeout, "%s from the member to %s" % (transport, place[0]))


def keepers(lab):
    """(process, thread) of each thread that looks domains up."""
    found = []
    for pid in lab.proxy.pids():
        for path in glob.glob("/proc/%d/task/*/comm" % pid):
            with contextlib.suppress(OSError), open(path) as f:
                if f.read() == "libbond\n":
                    found.append((pid, int(path.split("/")[4])))
    return found


def keeper(lab):
    """The one that there is; where the owner has changed, another may be there for a moment."""
    found = []

    def one():
        found[:] = keepers(lab)
        return len(found) == 1
    wait_until(one, 10, "single thread")
    return found[0]


def rights_of(task):
    """(user, root directory), None if it has just ended."""
    path = "/proc/%d/task/%d" % task
    with contextlib.suppress(OSError):
        return pwd.getpwuid(os.stat(path).st_uid).pw_name, os.readlink(path + "/root")


def moving(a):
    return "moving 2 %s %s\n" % ("AAAA" if ":" in a else "A", a)


@group(seconds=150)
def domain_changes(t):
    """A record that changes is followed, wherever the host has gone since it started."""
    kinds = (("daemon", {}),
             ("daemon as user kamailio", {"user": "kamailio"}),
             ("daemon in another root", {"user": "kamailio", "chroot": True}))
    with Lab() as lab:
        lab.dns(moving(ONE[4]))
        c = Carriers(lab, ("moving.test",))
        file = lab.write("moving.ini", ini("moving.test", more=EVERY_SECOND))
        for number, (name, how) in enumerate(kinds):
            lab.dns_change(moving(ONE[4]), 2 * number + 2)
            host = Kamailio(lab, "moving-%d" % number, daemon=True, ini=file, **how)
            with t.check("%s: one thread of all its processes looks up, with its rights" % name):
                rights = (how.get("user", "root"),
                          lab.path("moving-%d.run" % number) if "chroot" in how else "/")
                # until it ends, the process that was started may have the thread
                wait_until(lambda: rights_of(keeper(lab)) == rights, 10,
                           "a thread of %s in %s: %s" % (rights + (rights_of(keeper(lab)),)))
            with t.check("%s: before" % name, c.transcript):
                followed(c, A4)
                not_of_the_domain(c, B4)
            lab.dns_change(moving(TWO[4]), 2 * number + 3)
            with t.check("%s: the new address is followed" % name, c.transcript):
                followed(c, B4)
                keeper(lab)
            host.stop()


@group(seconds=150)
def domain_owner_dies(t):
    """Kamailio's main process is killed, which often is the one that looks up; then, as that can no
    longer end the others, the one that looks up now. That may be the one which all connections
    need: then datagrams must do."""
    with Lab() as lab:
        lab.dns(moving(ONE[4]))
        c = Carriers(lab, ("moving.test",))
        host = Kamailio(lab, "dying", daemon=True, user="kamailio",
                        ini=lab.write("dying.ini", ini("moving.test", more=EVERY_SECOND)))
        with t.check("one process looks up", c.transcript):
            keeper(lab)
            followed(c, A4)
        main = host.main_pid()
        rows = (("the main process", lambda: main, B4, ("tcp", "udp")),
                ("the owner", lambda: keeper(lab)[0], B6, ("udp",)))
        for number, (who, victim, place, transports) in enumerate(rows):
            with t.check("%s is killed: another goes on, a new address is followed" % who,
                         c.transcript):
                not_of_the_domain(c, place, transports[0])
                dead = victim()
                os.kill(dead, signal.SIGKILL)
                wait_until(lambda: dead not in lab.proxy.pids(), 5, "end of the process")
                lab.dns_change(moving(place[0]), number + 2)
                for transport in transports:
                    leaves(c, by_address(A4, transport), transport, A4)
                followed(c, place, transports)
                expect(keeper(lab)[0] != dead, "the dead one has it")
        host.stop()


LONG_ROWS = (("tcp", A4, by_address(A4, "tcp")), ("udp", A4, by_address(A4, "udp")),
             ("tcp", A6, by_address(A6, "tcp")), ("tls", TLS6, "sip:bob@kept.test"))


@group(seconds=240, waits=True)
def domain_outage(t):
    """The name server is away for more than a minute, which is many times its records' life.
    Kamailio keeps what it found out itself: its requests by name go on too."""
    def zone(a):
        return moving(a) + """
kept            2 NAPTR 10 10 "s" "SIPS+D2T" "" _sips._tcp.kept
_sips._tcp.kept 2 SRV 10 0 5070 six
six             2 AAAA %s
""" % ONE[6]

    with Lab() as lab:
        lab.dns(zone(ONE[4]))
        c = Carriers(lab, ("kept.test", "moving.test"))
        host = Kamailio(lab, "outage", daemon=True, parameters="dns_cache_min_ttl=3600",
                        ini=lab.write("outage.ini", ini("kept.test", "moving.test")))

        def all_leave():
            c.hang_up()
            for transport, place, uri in LONG_ROWS:
                leaves(c, uri, transport, place)

        with t.check("before", c.transcript):
            followed(c, A4)
            all_leave()
            not_of_the_domain(c, B4)
        lab.proxy.end_processes("knotd")
        stopped = time.monotonic()
        for seconds in range(1, 63, 10):
            time.sleep(max(0, stopped + seconds - time.monotonic()))
            with t.check("%d s without a name server: all leaves from the members" % seconds,
                         c.transcript):
                all_leave()
                not_of_the_domain(c, B4)
        with t.check("one thread has asked in vain"):
            keeper(lab)
            said = "\n".join(x for x in host.trace_lines() if x.startswith("libbond["))
            for name in ("kept.test", "moving.test"):
                expect("%s: no server can be reached; the last answer is kept" % name in said, said)
            expect("DNS answers now" not in said, said)
        lab.dns(zone(TWO[4]))
        with t.check("it is back with another record, which is followed", c.transcript):
            followed(c, B4, timeout=100)
            all_leave()
            leaves(c, "sip:bob@moving.test", "udp", B4)
            leaves(c, "sip:bob@moving.test;transport=tcp", "tcp", B4)
        host.stop()
        with t.check("the trace says that it is back"):
            said = [x for x in host.trace_lines() if x.startswith("libbond[")]
            expect(any("moving.test: DNS answers now" in x for x in said), "\n".join(said))
