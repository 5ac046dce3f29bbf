# SPDX-License-Identifier: MIT
"""bondctl status: what it says of running hosts is what they do, whoever runs them and wherever."""

import contextlib
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

from check_kamailio import peer_of, through
from check_pid import CONTAINER, OTHER, OWN_RUN, Asked, Host
from checks import expect, expect_equal, group
from lab import bonds
from lab.kamailio import Kamailio
from lab.network import PEER, ROOT, SECOND, Lab, address, command_name, wait_until
from lab.ua import UA

class Status(Asked):
    """bondctl status, in its three forms."""

    def status(self, *args, uid=0):
        prefix = ["setpriv", "--reuid=%d" % uid, "--regid=%d" % uid, "--clear-groups"] if uid else []
        done = self.lab.proxy.run(prefix + [self.lab.path("bondctl"), "status"] + list(args), timeout=60)
        return done.returncode, done.stdout, done.stderr

    def json(self, *args, schema="status"):
        code, out, err = self.status("--json", *args)
        expect_equal((code, err), (0, ""), "status and standard error")
        done = subprocess.run([os.path.join(ROOT, "tests", "build", "schema"), schema], input=out,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        expect_equal((done.returncode, done.stdout), (0, ""), "the schema")
        return json.loads(out)

    def of(self, pid):
        """The line of that process in the list of all hosts."""
        return [h for h in self.json(schema="hosts")["hosts"] if h["pid"] == pid]


def members(told):
    return {(b["name"], m["name"]): m for b in told["bonds"] for m in b["members"]}


def metrics(text):
    return {line.rpartition(" ")[0]: int(line.rpartition(" ")[2])
            for line in text.splitlines() if not line.startswith("#")}


def read_until(fd, enough, seconds=20):
    """What the terminal shows, until enough() says that it is."""
    text, end = "", time.monotonic() + seconds
    while not enough(text) and time.monotonic() < end:
        if select.select([fd], [], [], 0.2)[0]:
            with contextlib.suppress(OSError):
                text += os.read(fd, 65536).decode()
    expect(enough(text), "the terminal shows: %r" % text)
    return text


@group(seconds=60)
def status(t):
    """Kamailio as a daemon that changed its user, by each way of asking."""
    with Lab() as lab:
        ask = Status(lab)
        ini = lab.write("bond.ini", bonds.both())
        caller = UA(address("A", 4, PEER), 5070, "alice", make_socket=lab.peer["A"].socket)
        lab.closing(caller.close)
        for family in (4, 6):
            peer_of(lab, "B", family)
        host = Kamailio(lab, "kamailio", daemon=True, user="kamailio", ini=ini)
        host.child.wait(10)  # the process that was started ends when the daemon is up
        main = host.main_pid()
        expect_equal(through(caller, "udp", (address("B", 4, PEER), 5060)), 200, "OPTIONS")
        own = sorted(p for p in lab.proxy.pids() if command_name(p) == "kamailio")
        with t.check("the list has it, with all of its processes"):
            found = ask.of(main)
            expect_equal(len(found), 1, "hosts: %s" % found)
            expect_equal((found[0]["program"], found[0]["process_count"], found[0]["file_state"],
                          found[0]["elsewhere"]), ("kamailio", len(own), "same", False), "host")
            expect(found[0]["file"].endswith("/bond.ini"), found[0]["file"])
            code, out, err = ask.status()
            expect_equal((code, err), (0, ""), "status and standard error")
            expect(re.search(r"^ *%d +kamailio +20\d\d-\d\d-\d\d [\d:]+ +%d " % (main, len(own)), out, re.M), out)
        with t.check("each of its processes tells the same of it"):
            first = ask.json(str(main))
            expect_equal(sorted(p["pid"] for p in first["processes"]), own, "processes")
            for p in own[1:]:
                told = ask.json(str(p))
                expect_equal([told[k] for k in ("pid", "started", "bonds", "routes")],
                             [first[k] for k in ("pid", "started", "bonds", "routes")], "by %d" % p)
            expect_equal(first["process_current"], len(own), "processes with its rules")
        with t.check("metrics: promtool finds nothing, of one host and of all"):
            for args in ([str(main)], []):
                code, out, err = ask.status("--prometheus", *args)
                expect_equal((code, err if args else ""), (0, ""), "status and standard error")
                done = subprocess.run(["promtool", "check", "metrics"], input=out, text=True, check=False,
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
                expect_equal((done.returncode, done.stdout), (0, ""), "promtool")
                more = "" if args else '{program="kamailio",pid="%d"}' % main
                expect_equal(metrics(out)["libbond_processes_current" + more], len(own), "processes")
        with t.check("a member whose address goes is down within a second, and why; then up again"):
            name = ("external", bonds.member_text("B", 6, "udp"))
            where = re.search(r"^\d+: (\S+) +inet6 (%s/\d+)" % address("B", 6, SECOND), lab.proxy.run(
                ["ip", "-o", "-6", "addr"]).stdout, re.M).groups()[::-1]
            expect_equal(members(ask.json(str(main)))[name]["state"], "up", "state before")
            lab.proxy.run(["ip", "addr", "del", where[0], "dev", where[1]])
            wait_until(lambda: members(ask.json(str(main)))[name]["state"] == "down", 5, "the member is down")
            told = members(ask.json(str(main)))[name]
            expect(abs(told["since"] - time.time()) < 15, "down since %s" % told)
            expect("address" in told["reason"] and told["cause"], "%s" % told)
            text = ask.status(str(main))[1]
            expect(re.search(r"udp:\[%s\]:5060 +down since 20.* because its address has gone" % re.escape(
                address("B", 6, SECOND)), text), text)
            expect_equal(metrics(ask.status("--prometheus", str(main))[1])[
                'libbond_member_up{bond="%s",member="%s"}' % name], 0, "metric")
            lab.proxy.run(["ip", "addr", "add", where[0], "dev", where[1], "nodad"])
            wait_until(lambda: members(ask.json(str(main)))[name]["state"] == "up", 5, "the member is up")
            expect("last_down" in members(ask.json(str(main)))[name], "when it was down")
        with t.check("memory is stated: of each process, and of all"):
            told = ask.json(str(main))
            expect(all(0 < p["memory"] < 16 << 20 for p in told["processes"]), "%s" % told["processes"])
            m = told["memory"]
            expect(0 < m["rules"] <= m["file"] <= m["reserved"] and 0 < m["shared"] < m["file"] + m["caches"],
                   "%s" % m)
        with t.check("a file that has changed is told"):
            lab.write("bond.ini", lab.read("bond.ini") + "; changed\n")
            expect_equal(ask.of(main)[0]["file_state"], "changed", "state")
            expect("which has changed on the disk since" in ask.status("kamailio")[1], "text")
        with t.check("another user sees nothing of it"):
            code, out, err = ask.status(uid=OTHER)
            expect_equal((code, err), (0, ""), "status and standard error")
            expect(str(main) not in out, out)
            code, out, err = ask.status(str(main), uid=OTHER)
            expect_equal((code, out), (1, ""), "status and output")
            expect("only root and the user that started it may ask it" in err, err)
        host.stop()
        with t.check("afterwards it is gone from the list"):
            expect_equal(ask.of(main), [], "hosts")


@group(seconds=30)
def status_watch(t):
    with Lab() as lab:
        ask = Status(lab)
        host = Host.start(lab, lab.write("bond.ini", bonds.both()))
        pid = str(host.pids[0])
        words = [lab.path("bondctl"), "status", "--watch=0.1"]
        with t.check("not a terminal: one table behind the other, until a signal"):
            child = subprocess.Popen(lab.proxy.command(words + [pid]), stdout=subprocess.PIPE, text=True)
            text = read_until(child.stdout.fileno(), lambda s: s.count("memory\n") >= 3)
            child.send_signal(signal.SIGINT)
            expect_equal(child.wait(10), 0, "exit status")
            expect("\033" not in text and "\n\npython3, process %s," % pid in text, text)
        with t.check("--json: a line a period"):
            child = subprocess.Popen(lab.proxy.command(words + ["--json", pid]), stdout=subprocess.PIPE, text=True)
            text = read_until(child.stdout.fileno(), lambda s: s.count("\n") >= 3)
            child.send_signal(signal.SIGTERM)
            expect_equal(child.wait(10), 0, "exit status")
            for line in text.splitlines()[:3]:
                expect_equal(json.loads(line)["pid"], host.pids[0], "pid")
        with t.check("a terminal: in place, cut to its size"):
            master, slave = pty.openpty()
            fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 8, 40, 0, 0))
            child = subprocess.Popen(lab.proxy.command(words + [pid]), stdout=slave)
            text = read_until(master, lambda s: s.count("\033[H") >= 3)
            child.send_signal(signal.SIGINT)
            expect_equal(child.wait(10), 0, "exit status")
            os.close(master)
            os.close(slave)
            screen = text.split("\033[H")[1]
            rows = screen.replace("\033[J", "").replace("\r", "").replace("\033[K", "").split("\n")
            expect_equal(len(rows), 8, "rows of %r" % screen)
            expect(all(len(row) <= 40 for row in rows) and "more lines" in rows[6], "%r" % rows)
        with t.check("it ends with the host"):
            child = subprocess.Popen(lab.proxy.command(words + [pid]), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            host.stop()
            expect_equal(child.wait(20), 1, "exit status")
            expect("there is no process " + pid in child.stderr.read(), "standard error")


@group(seconds=30)
def status_inside(t):
    """Hosts in containers, with numbers and files of their own; and a process without a host."""
    with Lab() as lab:
        ask = Status(lab)
        ini = lab.write("bond.ini", bonds.both())
        host = Host.start(lab, ini, wrap=CONTAINER + OWN_RUN)
        outer = host.outer_pid()
        with t.check("a host in a container is in the list, by numbers of this side"):
            mine = [h for h in ask.json(schema="hosts")["hosts"] if h["file"] == ini]
            expect_equal(len(mine), 1, "hosts: %s" % mine)
            expect_equal((mine[0]["pid"], mine[0]["elsewhere"], mine[0]["process_count"]),
                         (outer, True, len(host.pids)), "host")
        with t.check("and is shown"):
            told = ask.json(str(outer))
            expect_equal(sorted(p["generation"] for p in told["processes"]), [1] * len(host.pids), "generations")
            expect_equal(len(members(told)), 12, "members")
            expect_equal({m.get("headers_reason") for m in members(told).values()},
                         {None, "libbond-tls.so is there, but no TLS library that it knows is loaded"},
                         "what is known of its TLS")
        host.stop()
        with t.check("what libbond does nothing in is told apart"):
            idle = lab.start(lab.proxy, ["env", "BOND_CONFIG=", "LD_PRELOAD=" + lab.path("libbond.so"),
                                         "sleep", "60"], "idle")
            wait_until(lambda: idle.pid in ask.json(schema="hosts")["inert"], 10, "the process in the list")
            code, out, err = ask.status(str(idle.pid))
            expect_equal((code, out), (1, ""), "status and output")
            expect("it runs without libbond or without a configuration" in err, err)
            idle.kill()
