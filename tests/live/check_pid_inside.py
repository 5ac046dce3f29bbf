# SPDX-License-Identifier: MIT
"""bondctl explain --pid of a host in a container: its own network, names and files are what counts,
and nothing that lies there leads out of it."""

import os

from check_pid import CONTAINER, OTHER, STARTER, Asked, Host
from checks import expect, expect_equal, group
from lab.network import Lab

INI = """[bond:ext]
member = udp:in0:5060
member = tcp:10.99.7.1:5060
member = udp:inside.test:5080
[route:carriers]
to = 10.99.7.0/24
bond = ext
[host]
secret = not-for-the-eyes-of-a-test
"""
HOSTS = "127.0.0.1 localhost\n10.99.7.1 inside.test\n10.99.7.5 peer.test\n"
FILE = "/run/conf/bond.ini"
NETWORK = """ip link set lo up
ip link add in0 type veth peer name in1
ip link set in0 addrgenmode none up
ip link set in1 addrgenmode none up
ip addr add 10.99.7.1/24 dev in0
ip route add default dev in0
"""
ROOM = NETWORK + """mount -t tmpfs none /run
mount -t tmpfs none /dev/shm
mkdir /run/conf
cp "$1" %s
mount --bind "$2" /etc/hosts
shift 2
exec "$@"
""" % FILE
SECRET = "/dev/shm/bond-test-secret"  # of the machine: the container has another /dev/shm
TEXT = "a-line-of-a-root-only-file"


def remove_secret():
    if os.path.exists(SECRET):
        os.unlink(SECRET)


def start(lab):
    words = CONTAINER[:1] + ["-n"] + CONTAINER[1:]
    return Host.start(lab, FILE, wrap=words + ["sh", "-ec", ROOM, "sh", lab.write("in.ini", INI),
                                               lab.write("in.hosts", HOSTS)])


def mounts_here():
    """Without the namespaces of labs beside this one, which come and go."""
    with open("/proc/self/mounts") as f:
        return [line for line in f if " /run/netns/" not in line]


@group
def pid_inside(t):
    with Lab() as lab:
        ask = Asked(lab)
        lab.closing(remove_secret)
        remove_secret()
        with open(os.open(SECRET, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as f:
            f.write(TEXT + "\n")
        host = start(lab)
        pid = host.outer_pid()

        def inside(script):
            done = lab.proxy.run(["nsenter", "-t", str(pid), "-m", "sh", "-ec", script])
            expect_equal((done.returncode, done.stderr), (0, ""), script)

        mounts = mounts_here()
        with t.check("its interfaces, addresses and names are there"):
            code, out, err = ask.pid(pid, "udp:10.99.7.9:5060")
            expect_equal((code, err), (0, ""), "status and standard error")
            for text in "udp:10.99.7.1:5060", "udp:10.99.7.1:5080":
                expect(text in out, "%s is missing: %s" % (text, out))
            expect("udp:10.99.7.1:5060  fits <- chosen" in out, out)
            expect("machine" not in out, out)
        with t.check("a connection leaves from an address that is there"):
            code, out, err = ask.pid(pid, "tcp:10.99.7.9:5060")
            expect_equal((code, err), (0, ""), "status and standard error")
            expect("tcp:10.99.7.1:5060  fits <- chosen" in out and "machine" not in out, out)
        with t.check("names of a URI are looked up by its files"):
            code, out, err = ask.pid(pid, "sip:peer.test;transport=udp")
            expect_equal((code, err), (0, ""), "status and standard error")
            expect("10.99.7.5:5060" in out and "member udp:10.99.7.1:5060" in out, out)
        with t.check("a socket by the name of its interface"):
            code, out, err = ask.run("--pid", pid, "--socket", "udp:in0:5070", "udp:10.99.7.9")
            expect_equal((code, err), (0, ""), "status and standard error")
        with t.check("FILE is the machine's, seen from there"):
            code, out, err = ask.run("--pid", pid, lab.path("in.ini"), "udp:10.99.7.9")
            expect_equal((code, err), (0, ""), "status and standard error")
        with t.check("the machine is left as it was"):
            expect_equal(mounts_here(), mounts, "mounts")
            with open("/etc/hosts") as f:
                expect("peer.test" not in f.read(), "/etc/hosts has changed")
        for name, script in (
                ("an absolute link", "mv %s /run/kept; ln -s %s %s" % (FILE, SECRET, FILE)),
                ("a link with ..", "ln -sfn ../../../../..%s %s" % (SECRET, FILE)),
                ("a link by way of proc", "ln -sfn /proc/1/root%s %s" % (SECRET, FILE)),
                ("a link by a directory of this process",
                 "ln -sfn /proc/self/cwd/../../../../../..%s %s" % (SECRET, FILE)),
                ("a pipe", "rm %s; mkfifo %s" % (FILE, FILE)),
                ("a device", "rm %s; cp -a /dev/zero %s" % (FILE, FILE)),
                ("a directory", "rm %s; mkdir %s" % (FILE, FILE)),
                ("a parent that is a link",
                 "rmdir %s; mv /run/conf /run/was; ln -s /dev/shm /run/conf" % FILE)):
            with t.check("%s in place of its file leads nowhere" % name):
                inside(script)
                ask.refused(pid, "cannot be read here in its stead: ", dest="udp:10.99.7.9")
                expect(TEXT not in ask.pid(pid, "udp:10.99.7.9")[2], "the file is shown")
        with t.check("its file again, by an absolute link within"):
            inside("rm /run/conf; mv /run/was /run/conf; ln -s /run/kept " + FILE)
            code, out, err = ask.pid(pid, "udp:10.99.7.9")
            expect_equal((code, err), (0, ""), "status and standard error")
        with t.check("a segment that has a second name is not read"):
            inside("ln /run/bond/* /run/second")
            ask.refused(pid, "is not reachable", dest="udp:10.99.7.9")
            inside("rm /run/second")
        with t.check("a directory of segments that is a link is not followed"):
            inside("mv /run/bond /run/moved; ln -s /run/moved /run/bond")
            ask.refused(pid, "is not reachable", dest="udp:10.99.7.9")
            inside("rm /run/bond; mv /run/moved /run/bond")
            expect_equal(ask.pid(pid, "udp:10.99.7.9")[0], 0, "status afterwards")
        with t.check("another user may not ask"):
            ask.refused(pid, "is not reachable", dest="udp:10.99.7.9", uid=OTHER)
        host.stop()


@group
def pid_inside_users(t):
    """Who started the host may ask it, but cannot look at a network that root has made."""
    with Lab() as lab:
        ask = Asked(lab)
        ini = lab.write("users.ini", INI.replace("member = udp:inside.test:5080\n", ""))
        host = Host.start(lab, ini, uid=STARTER,
                          wrap=["unshare", "-n", "sh", "-ec", NETWORK + "exec \"$@\"", "sh"])
        pid = host.outer_pid()
        with t.check("root sees its network"):
            code, out, err = ask.pid(pid, "tcp:10.99.7.9:5060")
            expect_equal((code, err), (0, ""), "status and standard error")
            expect("tcp:10.99.7.1:5060  fits <- chosen" in out and "machine" not in out, out)
        with t.check("its user is told that it does not"):
            numbers = lab.write("numbers.ini", INI.replace("udp:in0", "udp:10.99.7.1").replace(
                "member = udp:inside.test:5080\n", ""))
            os.chmod(numbers, 0o644)
            code, out, err = ask.run("--pid", pid, numbers, "tcp:10.99.7.9:5060", uid=STARTER)
            expect_equal(code, 0, "status: " + err)
            expect("which cannot be looked at (Operation not permitted)" in err, err)
        host.stop()
