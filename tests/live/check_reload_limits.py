# SPDX-License-Identifier: MIT
"""Hosts that are at their limits while they are given other rules, and disks that are full: calls go on,
nothing is half done, and it is said what could not be."""

import json
import os
import re
import resource
import subprocess
import time

from check_pid import Host, disks
from check_reload import Load, bondctl, invited, members, rules, source, started
from checks import expect, expect_equal, group
from lab import bonds
from lab.network import Lab, wait_until
from lab.wire import Wire

NO_MEMORY = r"\d+ ha(?:s|ve) no memory for them and goe?s? by those before"
LIMITS = {"RLIMIT_AS": "as", "RLIMIT_MEMLOCK": "memlock", "RLIMIT_FSIZE": "fsize", "RLIMIT_NOFILE": "nofile"}


def now_used(pid, limit):
    """What the process has of it, so that no more can be had."""
    if limit == "RLIMIT_AS":
        with open("/proc/%d/statm" % pid) as f:
            return int(f.read().split()[0]) * resource.getpagesize()
    if limit == "RLIMIT_NOFILE":
        return max(int(fd) for fd in os.listdir("/proc/%d/fd" % pid)) + 1
    return 1 << 20 if limit == "RLIMIT_FSIZE" else 0  # its log is smaller, its file of libbond larger


def set_limit(lab, pid, limit, value):
    """As the user of the process: to others' root may set none everywhere. value: None: as it may be at most."""
    with open("/proc/%d/status" % pid) as f:
        uid, gid = re.search(r"Uid:\t(\d+).*\nGid:\t(\d+)", f.read()).groups()
    as_it = ["setpriv", "--reuid=" + uid, "--regid=" + gid, "--clear-groups", "prlimit", "--pid", pid]
    if value is None:
        value = lab.proxy.run(as_it + ["--" + LIMITS[limit], "--output=HARD", "--noheadings"]).stdout.split()[0]
    done = lab.proxy.run(as_it + ["--%s=%s:" % (LIMITS[limit], value)])
    expect_equal(done.returncode, 0, "status of prlimit, which said: " + done.stderr)


def large(number):
    """Rules for which each process needs memory, and rules that need little."""
    return rules(number) + "".join(
        "[route:large-%d]\nto = 198.51.%d.%d/32\nbond = external\n" % (i, 101 + i // 250, i % 250)
        for i in range(6000 if number % 2 else 0))


@group(seconds=90)
def reload_limits(t):
    """A Kamailio that gets nothing more of its kernel from some moment on."""
    with Lab() as lab, started(lab) as (host, pids):
        wire, number = Wire(lab.peer["B"]), 0
        lab.closing(wire.close)

        def reload():
            nonlocal number
            number += 1
            lab.write("bond.ini", large(number))
            return bondctl(lab, "reload", pids[0], lab.path("bond.ini"))

        def calls(count, name, during=lambda: None):
            mark = wire.mark()
            load = Load(lab, lab.new_name(name), source("uac.xml"), source("uas.xml"), 5070, calls=count)
            during()
            trouble = load.trouble()
            expect(trouble is None, trouble)
            return invited(wire, [load], mark)

        for limit in LIMITS:
            said = []
            with t.check("%s: calls go on through reloads" % limit):
                for pid in pids:
                    set_limit(lab, pid, limit, now_used(pid, limit))
                came = calls(40, "at-" + limit, lambda: said.extend(reload() for _ in range(8)))
                expect(came and came <= set(members()), "sources: %s" % came)
            if limit == "RLIMIT_AS":
                with t.check("%s: it is said which processes have no memory for the rules" % limit):
                    for _ in range(60):
                        reload()
                        expect(calls(2, "more") <= set(members()), "source")
                        text = bondctl(lab, "reload", pids[0], lab.path("bond.ini"))
                        if number % 2 and re.search(NO_MEMORY, text):
                            break
                    expect("nothing changed: " in text and re.search(NO_MEMORY, text), text[-300:])
                    told = bondctl(lab, "status", pids[0])
                    expect("had no memory for it and go by what they had: " in told, told[:400])
                    told = json.loads(bondctl(lab, "status", "--json", pids[0]))
                    expect(any(p["no_memory"] for p in told["processes"]), told["processes"])
            else:
                with t.check("%s: all take them" % limit):
                    expect(not re.search(NO_MEMORY, "".join(said)), said)
                with t.check("%s: it can be traced" % limit):
                    trace = lab.start(lab.proxy, [os.path.join(bonds.ROOT, "bondctl"), "trace", "-n", "5", pids[0],
                                                  "bond=external"], "trace-" + limit)
                    wait_until(lambda: trace.poll() is not None or not calls(5, "traced"), 60, "five lines", None,
                               lambda: lab.read("trace-" + limit))
                    said = lab.read("trace-" + limit)
                    expect_equal((trace.wait(), said.count(" external udp:")), (0, 5), "status and lines of: " + said)
            for pid in pids:
                set_limit(lab, pid, limit, None)
            with t.check("%s: without the limit the last rules count" % limit):
                for _ in range(30):  # until each of the processes has had a message: those of both members
                    reload()
                    time.sleep(1.2)  # what failed is tried once a second
                    expect_equal(calls(5, "behind"), {members()[number % 2]}, "source")
                    told = bondctl(lab, "status", pids[0])
                    if "no memory" not in told:
                        break
                expect("no memory" not in told, told[:400])


class Disk:
    """The small disk on which the file of a host lies, as the host has it."""

    def __init__(self, lab, pid):
        self.lab, self.inside = lab, ["nsenter", "-t", str(pid), "-m", "--"]

    def run(self, *words):
        return self.lab.proxy.run(self.inside + [str(w) for w in words])

    def free(self):
        return int(self.run("df", "--output=avail", "-k", "/run").stdout.split()[-1])

    def fill(self, leave):
        self.run("dd", "if=/dev/zero", "of=/run/full", "bs=1k", "count=%d" % (self.free() - leave))
        expect_equal(self.free(), leave, "KiB that are free")

    def clear(self):
        self.run("rm", "/run/full")


@group(seconds=40)
def reload_disk(t):
    """What does not fit is not done, and takes no room from anybody else."""
    with Lab() as lab:
        for name in ("bondrun", "libbond.so", "libbond-tls.so"):
            subprocess.run(["cp", os.path.join(bonds.ROOT, name), lab.path(name)], check=True)
        host = Host.start(lab, lab.write("bond.ini", rules(0)), wrap=disks("size=8m"), children=1)
        pid, disk = host.pids[0], Disk(lab, host.pids[0])
        ini, ctl = lab.write("large.ini", large(1)), os.path.join(bonds.ROOT, "bondctl")

        def refused(what, text, *words):
            free = disk.free()
            with t.check("%s: it is said, and nothing is taken" % what):
                done = disk.run(*words)
                expect_equal(done.returncode, 1, "status; it said: " + done.stdout + done.stderr)
                expect(text in done.stderr, done.stderr)
                expect_equal(disk.free(), free, "KiB that are free")

        for leave in (40, 0):
            disk.fill(leave)
            refused("a reload with %d KiB free" % leave, "no room for them on the disk where its file lies: nothing "
                    "was changed", ctl, "reload", pid, ini)
            refused("a trace with %d KiB free" % leave, "no room for it on the disk", ctl, "trace", pid)
            disk.clear()
        for kib in (0, 20):
            refused("a reload by a bondctl with RLIMIT_FSIZE of %d KiB" % kib, "(ulimit -f)", "bash", "-c",
                    "ulimit -f %d; exec %s reload %d %s" % (kib, ctl, pid, ini))
        for words in (("reload", pid, ini), ("status", pid)):
            with t.check("bondctl %s with few descriptors: done, or the reason" % words[0]):
                seen = set()
                for most in range(3, 12):
                    done = disk.run("bash", "-c", "ulimit -n %d; exec %s %s" % (most, ctl, " ".join(map(str, words))))
                    seen.add(done.returncode)
                    expect(done.returncode == 0 or re.search(
                        r"Too many open files|error while loading", done.stderr), "%d: %s" % (most, done.stderr))
                expect(0 in seen and len(seen) > 1, "status: %s" % seen)
        with t.check("with room it is done"):
            disk.run(ctl, "reload", pid, lab.write("small.ini", rules(2)))
            done = disk.run(ctl, "reload", pid, ini)
            expect(done.returncode == 0 and "2 of 2 processes" in done.stdout + done.stderr or
                   "at their next call" in done.stdout, done.stdout + done.stderr)
        host.stop()
