# SPDX-License-Identifier: MIT
"""bondctl explain --pid: what a running host knows, who may ask it, and the files by which it is
found, in whatever places and among whatever else lies there."""

import contextlib
import glob
import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys

from check_dns import ONE, TWO, ini
from check_dns_life import EVERY_SECOND, moving
from checks import expect, expect_equal, group
from lab import bonds
from lab.kamailio import Kamailio
from lab.network import ROOT, Lab, command_name, wait_until

HERE = os.path.dirname(os.path.abspath(__file__))
SHARED = "/run/bond"
# Users. The first is nobody's on any machine, and another one in each group: those that run beside it clean up as well.
STARTER, OTHER = 64000 + os.getpid() % 1000, 65534
OWN = "/dev/shm/bond-%d" % STARTER
RUNTIME = "/run/user/%d" % STARTER
DOMAIN = "sip:moving.test;transport=tcp"
REFUSED = "only root and the user that started it may ask it"


def as_user(uid):
    return [] if uid == 0 else ["setpriv", "--reuid=%d" % uid, "--regid=%d" % uid,
                                "--clear-groups"]


class Asked:
    """bondctl explain on the proxy machine, with the programs where every user can read them."""

    def __init__(self, lab):
        self.lab = lab
        for name in ("bondctl", "bondrun", "libbond.so", "libbond-tls.so"):
            shutil.copy(os.path.join(ROOT, name), lab.path(name))

    def run(self, *args, uid=0, env=(), wrap=()):
        done = self.lab.proxy.run(list(wrap) + as_user(uid) + ["env", "-u", "XDG_RUNTIME_DIR"]
                                  + list(env) + [self.lab.path("bondctl"), "explain"] + list(args),
                                  timeout=40)
        return done.returncode, done.stdout, done.stderr

    def pid(self, pid, dest=DOMAIN, **how):
        return self.run("--pid", pid, dest, **how)

    def knows(self, pid, place, **how):
        """Waits until the host says that the domain has that address."""
        def said():
            code, out, _ = self.pid(pid, **how)
            return code == 0 and "answered" in out and place in out.partition("process ")[2]
        wait_until(said, 70, "%s in the table of %d: %s" % (place, pid, self.pid(pid, **how)))

    def refused(self, pid, text, **how):
        code, out, err = self.pid(pid, **how)
        expect_equal((code, out), (1, ""), "status and output")
        expect(text in err, "standard error is: " + err)


def mode(path):
    st = os.lstat(path)
    return stat.S_IMODE(st.st_mode), st.st_uid


def file_of(pid, where=SHARED):
    return os.path.join(where, str(pid))


class Host:
    """The small host, under libbond, as some user, behind some words."""

    def __init__(self, lab, file, uid=0, children=2, env=(), wrap=(), number=[0]):
        number[0] += 1
        self.lab, self.log = lab, "host-%d" % number[0]
        self.dir = lab.path(self.log + ".dir")
        os.makedirs(self.dir)
        os.chown(self.dir, uid, uid)
        shutil.copy(os.path.join(HERE, "host_of_pid.py"), os.path.join(self.dir, "host.py"))
        self.trace = os.path.join(self.dir, "trace")
        words = bonds.bondrun(file, self.trace)
        self.child = lab.start(lab.proxy, list(wrap) + as_user(uid)
                               + ["env", "-u", "XDG_RUNTIME_DIR"] + list(env)
                               + [lab.path("bondrun")] + words[1:]
                               + [sys.executable, os.path.join(self.dir, "host.py"),
                                  children, ONE[4]], self.log)
        lab.closing(self.kill)

    @classmethod
    def start(cls, lab, file, **how):
        """Waits until it has sent its request."""
        host = cls(lab, file, **how)
        wait_until(lambda: re.fullmatch("processes( [0-9]+)+\n", lab.read(host.log)), 15, "start of the host", host.child,
                   lambda: lab.read(host.log))
        host.pids = [int(p) for p in lab.read(host.log).split()[1:]]
        return host

    def traced(self):
        with open(self.trace) as f:
            return f.read()

    def steers(self):
        expect(" ! external" in self.traced(), "the trace: " + self.traced())

    def processes(self):
        """(number, words) of each process with its directory, in whatever network."""
        for pid in sorted(int(p) for p in os.listdir("/proc") if p.isdigit()):
            with contextlib.suppress(OSError), open("/proc/%d/cmdline" % pid) as f:
                words = f.read().split("\0")
                if any(self.dir in word for word in words):
                    yield pid, words

    def outer_pid(self):
        """Of its first process, where the host itself has another number for it."""
        for pid, words in self.processes():
            if words[0] == sys.executable and words[1].startswith(self.dir):
                return pid
        raise AssertionError("no process")

    def stop(self):
        os.kill(self.outer_pid(), signal.SIGTERM)
        self.child.wait(10)

    def kill(self):
        for pid, _ in self.processes():
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.child.wait(5)


def remove(path):
    if os.path.islink(path) or not os.path.isdir(path):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
    else:
        shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def lab_with_zone():
    with Lab() as lab:
        for path in (OWN, RUNTIME):
            remove(path)
            lab.closing(lambda path=path: remove(path))
        lab.dns(moving(ONE[4]))
        yield lab, Asked(lab), lab.write("moving.ini", ini("moving.test", more=EVERY_SECOND))


def names_of(directory):
    return set(os.listdir(directory)) if os.path.isdir(directory) else set()


@group(seconds=150)
def pid(t):
    """Kamailio as a daemon, by each of its processes, while records change and DNS is away."""
    kinds = ("daemon", {}), ("daemon as user kamailio", {"user": "kamailio"})
    with lab_with_zone() as (lab, ask, file):
        for number, (name, how) in enumerate(kinds):
            lab.dns_change(moving(ONE[4]), 10 * number + 2)
            host = Kamailio(lab, "pid-%d" % number, daemon=True, ini=file, **how)
            host.child.wait(10)  # the process that was started ends when the daemon is up
            first, main = host.child.pid, host.main_pid()
            own = [p for p in lab.proxy.pids() if command_name(p) == "kamailio"]
            with t.check("%s: its main process is asked" % name):
                ask.knows(main, ONE[4])
                code, out, err = ask.pid(main)
                expect_equal((code, err), (0, ""), "status and standard error")
                expect("process %d on moving.test: answered " % main in out, out)
                expect("-> route carriers (line" in out and "bond external, member tcp:" in out, out)
            with t.check("%s: so is every other" % name):
                expect(len(own) > 3 and main in own, "processes: %s" % own)
                for p in own:
                    code, out, err = ask.pid(p)
                    expect_equal(code, 0, "status of %d: %s%s" % (p, out, err))
                    expect("process %d on moving.test: answered " % p in out, out)
            with t.check("%s: but not the first, which has ended" % name):
                expect(first not in own, "it is still there")
                ask.refused(first, "there is no process %d" % first)
            with t.check("%s: an address, by what the host knows" % name):
                code, out, err = ask.pid(main, "tcp:%s:5060" % ONE[4])
                expect_equal((code, err), (0, ""), "status and standard error")
                expect("DNS: an address of moving.test <- taken" in out, out)
            with t.check("%s: only root and the starter can read its file" % name):
                expect_equal(mode(SHARED), (0o700, 0), "mode and owner of the directory")
                expect_equal(mode(file_of(first)), (0o600, 0), "mode and owner of the file")
                ask.refused(main, REFUSED, uid=OTHER)
            with t.check("%s: a record that changed" % name):
                lab.dns_change(moving(TWO[4]), 10 * number + 3)
                ask.knows(main, TWO[4])
            with t.check("%s: without DNS the host still knows it, explain alone does not" % name):
                lab.proxy.end_processes("knotd")
                code, out, err = ask.run(file, DOMAIN)
                expect_equal(code, 1, "status without --pid: " + out + err)
                expect("no target: DNS gave no usable answer" in out, out)
                code, out, err = ask.pid(main)
                expect_equal(code, 0, "status with --pid: " + out + err)
                expect(TWO[4] in out.partition("process ")[2], out)
                told = json.loads(ask.run("--json", "--pid", main, DOMAIN)[1])
                expect_equal(told["host"]["pid"], main, "pid")
                expect_equal([(d["domain"], d["state"]) for d in told["host"]["domains"]],
                             [("moving.test", "answered")], "domains")
                lab.dns(moving(TWO[4]))
            with t.check("%s: an INI that has changed since is told" % name):
                lab.write("moving.ini", lab.read("moving.ini") + "; changed\n")
                code, out, err = ask.pid(main)
                expect_equal(code, 0, "status")
                expect("has changed since %d read it" % main in err, err)
            host.stop()
            with t.check("%s: its file goes with it" % name):
                # who may not write there any more leaves it to the next one
                if how:
                    ask.pid(os.getpid())
                expect(not glob.glob(file_of(first) + "*"), "it is there")
                ask.refused(main, "there is no process %d" % main)


@group
def pid_users(t):
    """Hosts that root has not started."""
    with lab_with_zone() as (lab, ask, file):
        os.makedirs(RUNTIME)
        os.chown(RUNTIME, STARTER, STARTER)
        run = ["XDG_RUNTIME_DIR=" + RUNTIME]
        for name, env, where in (("with XDG_RUNTIME_DIR", run, RUNTIME + "/bond"),
                                 ("without", [], OWN)):
            before = names_of(SHARED)
            host = Host.start(lab, file, uid=STARTER, env=env)
            with t.check("%s: the file is where it belongs, and is its user's alone" % name):
                expect_equal(mode(where), (0o700, STARTER), "mode and owner of the directory")
                expect_equal(mode(file_of(host.pids[0], where)), (0o600, STARTER), "the file's")
                expect_equal(names_of(where), {str(host.pids[0])}, "files of a host that forked")
                host.steers()
            with t.check("%s: its user and root may ask each process" % name):
                for pid in host.pids:
                    ask.knows(pid, ONE[4], uid=STARTER, env=env)
                    ask.knows(pid, ONE[4])
            with t.check("%s: another user may not" % name):
                ask.refused(host.pids[0], "is not reachable", uid=OTHER)
                ask.refused(host.pids[0], "is not reachable", uid=OTHER, env=env)
            host.stop()
            with t.check("%s: it leaves no file" % name):
                expect_equal(names_of(where), set(), "files")
                new = names_of(SHARED) - before
                expect(not {str(p) for p in host.pids} & new, "in %s: %s" % (SHARED, new))
            host = Host.start(lab, file, uid=STARTER, env=env, children=0)
            killed = host.pids[0]
            host.kill()
            with t.check("%s: what a killed host leaves is removed by the next" % name):
                expect_equal(names_of(where), {str(killed)}, "files of the killed host")
                host = Host.start(lab, file, uid=STARTER, env=env)
                expect_equal(names_of(where), {str(host.pids[0])}, "files")
                host.stop()


def disks(options):
    """Where bondctl looks for hosts there are disks that are mounted so."""
    return ["unshare", "-m", "sh", "-ec", "mount -t tmpfs -o {0} none /run\n"
            "mount -t tmpfs -o {0} none /dev/shm\nexec \"$@\"".format(options), "sh"]


def fifo(path):
    os.mkfifo(path)
    os.chown(path, STARTER, STARTER)


def symlink(path):
    target = path + "-elsewhere"
    os.makedirs(target, exist_ok=True)
    os.chown(target, STARTER, STARTER)
    os.symlink(target, path)
    os.lchown(path, STARTER, STARTER)


def of_another(path):
    os.makedirs(path)
    os.chown(path, OTHER, OTHER)
    os.chmod(path, 0o777)


def writable_by_all(path):
    os.makedirs(path)
    os.chown(path, STARTER, STARTER)
    os.chmod(path, 0o777)


@group
def pid_places(t):
    """Places that cannot be used, or that somebody else has prepared."""
    with lab_with_zone() as (lab, ask, file):
        lab.closing(lambda: remove(OWN + "-elsewhere"))
        with t.check("nothing can be written: the host works and is not reachable"):
            host = Host.start(lab, file, wrap=disks("ro"))
            host.steers()
            expect("bondctl cannot reach this host: /dev/shm/bond-0: Read-only file system" in
                   host.traced(), host.traced())
            ask.refused(host.pids[1], "or could not write its file")
            host.stop()
        with t.check("disks that are full: the host works and is not reachable"):
            host = Host.start(lab, file, wrap=disks("size=8k"))
            host.steers()
            expect("bondctl cannot reach this host: /dev/shm/bond-0: No space left on device" in
                   host.traced(), host.traced())
            ask.refused(host.pids[1], "or could not write its file")
            host.stop()
        with t.check("small disks: there is room for the file, if not for all that is shared"):
            host = Host.start(lab, file, wrap=disks("size=2m"))
            host.steers()
            for pid in host.pids:
                ask.knows(pid, ONE[4])
            host.stop()
        for name, make in (("a directory of another user", of_another), ("a symlink", symlink),
                           ("a fifo", fifo), ("a directory that all may write to",
                                              writable_by_all)):
            with t.check("%s is there: not used, the host works" % name):
                remove(OWN)
                make(OWN)
                host = Host.start(lab, file, uid=STARTER)
                host.steers()
                expect("bondctl cannot reach this host: " + OWN in host.traced(), host.traced())
                for directory in (OWN, OWN + "-elsewhere"):
                    expect_equal(names_of(directory), set(), "files in " + directory)
                ask.refused(host.pids[0], "is not reachable", uid=STARTER)
                ask.refused(host.pids[0], "is not reachable")
                host.stop()
        remove(OWN)
        with t.check("whatever lies in the directory: neither followed nor taken for a host's"):
            host = Host.start(lab, file, uid=STARTER)
            me = host.pids[0]
            ask.knows(me, ONE[4])
            with open(file_of(me, OWN), "rb") as f:
                whole = f.read()
            secret = lab.write("secret", "secret\n")
            os.chmod(secret, 0o600)
            no_host = os.getpid()

            def put(name, data):
                path = os.path.join(OWN, name)
                with open(path, "wb") as f:
                    f.write(data)
                os.chown(path, STARTER, STARTER)

            put("%d.1" % me, whole[:100])
            put("%d.2" % me, whole[:20000])
            put("%d.3" % me, b"\xff" * 20000)
            put("%d.4" % me, b"")
            put("%d" % no_host, os.urandom(70000))
            put("name", whole)
            os.symlink(secret, os.path.join(OWN, "%d.5" % me))
            os.mkfifo(os.path.join(OWN, "%d.6" % me))
            os.mkdir(os.path.join(OWN, "%d.7" % me))
            os.symlink("/dev/zero", os.path.join(OWN, "999999999"))
            for uid in (0, STARTER):
                for _ in range(3):
                    code, out, err = ask.pid(me, uid=uid)
                    expect(code in (0, 1) and "secret" not in out + err, (code, out + err))
                ask.refused(no_host, "is not reachable", uid=uid)
            expect(os.path.exists(secret), "the target of the symlink is gone")
            expect_equal(lab.read("secret"), "secret\n", "what it says")
            host.stop()
        remove(OWN)
        with t.check("a file that is cut short, or is no table any more: no crash"):
            host = Host.start(lab, file, uid=STARTER)
            me = host.pids[0]
            ask.knows(me, ONE[4])
            host.kill()
            own = Host.start(lab, file, uid=STARTER)
            path = file_of(own.pids[0], OWN)
            with open(path, "rb") as f:
                whole = f.read()
            own.kill()
            sleeper = lab.start(lab.proxy, as_user(STARTER) + ["sleep", "60"], "sleeper")
            lab.closing(sleeper.kill)
            wait_until(lambda: command_name(sleeper.pid) == "sleep", 5, "sleep")
            place = whole.find((own.pids[0]).to_bytes(3, "little"))
            expect(place > 0, "no process in the file")
            # the sleeping process in place of the host: a file that its user has forged
            start = (sleeper.pid * 2654435761 & 0xffffffff) >> 16
            head = bytearray(whole)
            processes = place - 5 - 8 * (((own.pids[0] * 2654435761 & 0xffffffff) >> 16) % 1024)
            at = processes + 8 * (start % 1024)
            head[at:at + 8] = (sleeper.pid << 40 | (1 << 40) - 1).to_bytes(8, "little")
            program = processes + 12 * 1024 + 3 * 8 + 4096 + 8  # behind the generations, the INI, the namespace
            head[program:program + 16] = bytes(16)
            forged = bytes(head)
            for number, data in enumerate((
                    forged, forged[:16384], forged[:70000], forged[:80000], forged[:-1], forged + b"x",
                    forged[:16384] + b"\xff" * (len(forged) - 16384),
                    forged[:80000] + b"\xff" * (len(forged) - 80000),
                    forged[:16384] + os.urandom(len(forged) - 16384),
                    forged[:80000] + os.urandom(len(forged) - 80000),
                    forged[:8] + b"\xff" * 8 + forged[16:],
                    b"\x7f" + forged[1:])):
                remove(file_of(sleeper.pid, OWN))
                with open(file_of(sleeper.pid, OWN), "wb") as f:
                    f.write(data)
                os.chown(file_of(sleeper.pid, OWN), STARTER, STARTER)
                with open(file_of(sleeper.pid, OWN), "r+b"):  # as if it were mapped
                    for uid in (0, STARTER):
                        code, out, err = ask.pid(sleeper.pid, uid=uid)
                        expect(code in (0, 1), "number %d: %s %s%s" % (number, code, out, err))
                        if number == 0:  # what is wrong with the others is not that it is not found
                            expect("on moving.test" in out, "the forged file is not found: %s%s"
                                   % (out, err))


with open("/proc/sys/kernel/pid_max") as numbers:
    FAR = int(numbers.read()) - 1000  # hardly ever reached
CONTAINER = ["unshare", "-pm", "--mount-proc", "--fork", "--kill-child"]
OWN_RUN = ["sh", "-ec", "mount -t tmpfs none /run\nmount -t tmpfs none /dev/shm\nexec \"$@\"", "sh"]


@group
def pid_container(t):
    """A host in process and mount namespaces of its own, asked from outside and inside."""
    with lab_with_zone() as (lab, ask, file):
        for name, wrap in (("its own /run", CONTAINER + OWN_RUN), ("the machine's /run", CONTAINER)):
            # a number that no process of the machine has
            number = ["sh", "-ec", "echo %d > /proc/sys/kernel/ns_last_pid\n\"$@\"" % FAR, "sh"]
            host = Host.start(lab, file, wrap=wrap + number)
            outer = host.outer_pid()
            enter = ["nsenter", "-t", str(outer), "-p", "-m"]
            with t.check("%s: the host works" % name):
                host.steers()
                expect(host.pids[0] > FAR and not os.path.exists("/proc/%d" % host.pids[0]),
                       "its number here: %s" % host.pids)
            with t.check("%s: asked from outside" % name):
                ask.knows(outer, ONE[4])
            with t.check("%s: asked from inside" % name):
                for pid in host.pids:
                    ask.knows(pid, ONE[4], wrap=enter)
            with t.check("%s: its own number means nothing outside" % name):
                ask.refused(host.pids[0], "there is no process %d" % host.pids[0])
                ask.refused(1, "is not reachable")
            with t.check("%s: another user may not, neither here nor there" % name):
                ask.refused(outer, "is not reachable", uid=OTHER)
                ask.refused(host.pids[0], REFUSED, uid=OTHER, wrap=enter)
            host.stop()
            if wrap is CONTAINER:
                with t.check("%s: it leaves no file" % name):
                    expect(not os.path.exists(file_of(host.pids[0])), "it is there")
