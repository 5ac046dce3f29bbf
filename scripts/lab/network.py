# SPDX-License-Identifier: MIT
"""Network namespaces with a proxy host between two networks, a peer in each, and a DNS server.

      peer A                     proxy                      peer B
      10.10.0.9, .10   net A   10.10.0.1 .2 .3
      fd00:a::9, ::10  -----   fd00:a::1 ::2 ::3
                               203.0.113.1 .2 .3     net B  203.0.113.9, .10
                               2001:db8:b::1 ::2 ::3 -----  2001:db8:b::9, ::10

There is no way from A to B but through a program on the proxy host: a peer that is told an
address of the other side cannot reach it. Names are unique to the process; everything is
removed at exit, also on a signal.
"""

import atexit
import contextlib
import ctypes
import glob
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CLONE_NEWNET = 0x40000000
NETWORKS = {
    "A": {4: "10.10.0.%d/24", 6: "fd00:a::%x/64", "prefixes": ("10.10.0.0/24", "fd00:a::/64")},
    "B": {4: "203.0.113.%d/24", 6: "2001:db8:b::%x/64",
          "prefixes": ("203.0.113.0/24", "2001:db8:b::/64")},
}
FIRST, SECOND, THIRD = 1, 2, 3  # hosts of the proxy; the kernel by itself sends from FIRST
PEER, PEER2 = 9, 16             # hosts of a peer (.9 and .16, ::9 and ::10)
NAME_SERVER = "127.0.0.53"      # not the one that a resolver asks which was told of none

_libc = ctypes.CDLL(None, use_errno=True)


def address(side, family, host):
    """address("A", 4, FIRST) = "10.10.0.1"."""
    return NETWORKS[side][family].split("/")[0] % host


def why_not():
    """Why no namespaces can be made here, or None."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    if not shutil.which("ip"):
        return "there is no ip command (Debian: iproute2)"
    name = "bond%d-try" % os.getpid()
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True)
    if made.returncode != 0:
        return "ip netns add: " + made.stderr.strip()
    entered = subprocess.run(["ip", "netns", "exec", name, "true"], capture_output=True, text=True)
    subprocess.run(["ip", "netns", "del", name], check=True)
    if entered.returncode != 0:
        # "mount --make-rslave /" is refused where / is no mount point
        return "ip netns exec: %s%s" % (entered.stderr.strip(), "; the root of a chroot has to be a mount point: mount --bind "
                                        "DIR DIR, then chroot DIR" if "--make-rslave" in entered.stderr else "")
    return None


def clean_exit_on_signals():
    """Makes SIGTERM, SIGHUP and SIGINT run the exit handlers, that is, the clean-up."""
    signals = signal.SIGTERM, signal.SIGHUP, signal.SIGINT

    def leave(number, frame):
        for sig in signals:
            signal.signal(sig, signal.SIG_IGN)  # a second one shall not break the clean-up off
        sys.exit(128 + number)

    for sig in signals:
        signal.signal(sig, leave)


def command_name(pid):
    try:
        with open("/proc/%d/comm" % pid) as f:
            return f.read().strip()
    except OSError:
        return None


class Namespace:
    def __init__(self, name, resolver=None, existing=False):
        self.name = name
        self.etc = "/etc/netns/" + name
        if not existing:
            subprocess.run(["ip", "netns", "add", name], check=True)
        self._fd = os.open("/run/netns/" + name, os.O_RDONLY | os.O_CLOEXEC)
        if resolver:
            os.makedirs(self.etc)
            with open(self.etc + "/resolv.conf", "w") as f:
                f.write("nameserver %s\noptions timeout:1 attempts:1\n" % resolver)

    def command(self, args):
        return ["ip", "netns", "exec", self.name] + [str(a) for a in args]

    def run(self, args, timeout=30, **more):
        return subprocess.run(self.command(args), timeout=timeout, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, errors="replace", **more)

    @contextlib.contextmanager
    def entered(self):
        """This thread's new sockets are made in the namespace."""
        with open("/proc/thread-self/ns/net") as here:
            self._set(self._fd)
            try:
                yield
            finally:
                self._set(here.fileno())

    @staticmethod
    def _set(fd):
        if _libc.setns(fd, CLONE_NEWNET) != 0:
            error = ctypes.get_errno()
            raise OSError(error, os.strerror(error))

    def socket(self, *args):
        with self.entered():
            return socket.socket(*args)

    def pids(self):
        out = subprocess.run(["ip", "netns", "pids", self.name], capture_output=True, text=True)
        return [int(p) for p in out.stdout.split()]

    def end_processes(self, name=None):
        """Ends what runs in the namespace (all of it was started for it), or what has that
        command name."""
        for sig, patience in ((signal.SIGTERM, 2.0), (signal.SIGKILL, 3.0)):
            until = time.monotonic() + patience
            pids = [p for p in self.pids() if name in (None, command_name(p))]
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, sig)
            while pids and time.monotonic() < until:
                time.sleep(0.03)
                pids = [p for p in self.pids() if name in (None, command_name(p))]
            if not pids:
                return

    def close(self):
        if self._fd < 0:
            return
        self.end_processes()
        os.close(self._fd)
        self._fd = -1
        subprocess.run(["ip", "netns", "del", self.name], stderr=subprocess.DEVNULL)
        shutil.rmtree(self.etc, ignore_errors=True)
        with contextlib.suppress(OSError):
            os.rmdir("/etc/netns")


class Lab:
    """The namespaces above. Use as a context manager."""

    _count = 0

    def __init__(self):
        Lab._count += 1
        self.prefix = "bond%d-%d" % (os.getpid(), Lab._count)
        self._closers = []
        self._numbers = 0
        self.children = []
        self.dir = tempfile.mkdtemp(prefix="bond-live-%d-" % os.getpid())
        os.chmod(self.dir, 0o755)  # hosts that run as another user read here
        atexit.register(self.close)
        self.proxy = self._namespace("proxy", resolver=NAME_SERVER)
        self.peer = {"A": self._namespace("a"), "B": self._namespace("b")}
        for side in "AB":
            self._wire(side)

    def _namespace(self, name, **more):
        ns = Namespace(self.prefix + "-" + name, **more)
        self.closing(ns.close)
        # No filter on where packets come from; listeners may be bound at once (no DAD).
        settings = ["net.ipv4.conf.%s.rp_filter=0" % c for c in ("all", "default")]
        settings += ["net.ipv6.conf.%s.accept_dad=0" % c for c in ("all", "default")]
        settings += ["net.ipv6.conf.%s.accept_ra=0" % c for c in ("all", "default")]
        settings += ["net.ipv4.ip_forward=0", "net.ipv6.conf.all.forwarding=0"]
        done = ns.run(["sysctl", "-q", "-w"] + settings)
        if done.returncode != 0:
            raise RuntimeError("sysctl in %s: %s" % (ns.name, done.stderr))
        subprocess.run(["ip", "-n", ns.name, "link", "set", "lo", "up"], check=True)
        return ns

    def _wire(self, side):
        name = "eth-" + side.lower()
        proxy, peer = self.proxy.name, self.peer[side].name
        subprocess.run(["ip", "link", "add", name, "netns", proxy, "type", "veth",
                        "peer", "name", "eth0", "netns", peer], check=True)
        ends = (proxy, name, (FIRST, SECOND, THIRD)), (peer, "eth0", (PEER, PEER2))
        for ns, dev, hosts in ends:
            batch = ["link set %s up" % dev]
            for family in (4, 6):
                for host in hosts:
                    flags = " nodad noprefixroute" if family == 6 else ""
                    batch.append("addr add %s dev %s%s" % (NETWORKS[side][family] % host, dev,
                                                           flags))
            # Which IPv6 address the kernel takes by itself shall not be left to chance.
            batch.append("route add %s dev %s src %s" % (
                NETWORKS[side]["prefixes"][1], dev, address(side, 6, hosts[0])))
            done = subprocess.run(["ip", "-n", ns, "-batch", "-"], input="\n".join(batch),
                                  capture_output=True, text=True)
            if done.returncode != 0:
                raise RuntimeError("ip -batch: " + done.stderr)

    def path(self, name):
        return os.path.join(self.dir, name)

    def new_name(self, name):
        """A file name that was not used before in this lab."""
        self._numbers += 1
        return "%s-%d" % (name, self._numbers)

    def write(self, name, text):
        with open(self.path(name), "w") as f:
            f.write(text)
        return self.path(name)

    def read(self, name):
        try:
            with open(self.path(name), errors="replace") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    def closing(self, close):
        """close() is called when the lab ends, the last one first."""
        self._closers.append(close)

    def start(self, ns, args, log, env=None, stdin=subprocess.DEVNULL):
        """Starts a program in a namespace, its output in the file `log` of the lab."""
        with open(self.path(log), "ab") as out:
            child = subprocess.Popen(ns.command(args), stdin=stdin, stdout=out,
                                     stderr=out, cwd=self.dir,
                                     env=dict(os.environ, **(env or {})))
        self.children.append(child)
        return child

    def certificate(self):
        """(certificate file, key file), made once."""
        cert, key = self.path("cert.pem"), self.path("key.pem")
        if not os.path.exists(cert):
            subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days",
                            "2", "-subj", "/CN=bond.test", "-keyout", key, "-out", cert],
                           check=True, capture_output=True)
            os.chmod(key, 0o644)
        return cert, key

    def write_zone(self, records, origin="test", serial=1, negative=60):
        head = "$ORIGIN {0}.\n$TTL 60\n@ SOA ns.{0}. root.{0}. {1} 60 60 60 {2}\n@ NS ns\n"
        return self.write(origin + ".zone", head.format(origin, serial, negative)
                          + "ns A %s\n%s\n" % (NAME_SERVER, records))

    def dns_change(self, records, serial, negative=60):
        """From now on these records are served; serial must rise. That there is no record is said
        for `negative` seconds."""
        self.write_zone(records, serial=serial, negative=negative)
        self.proxy.run(["knotc", "-c", self.path("knot.conf"), "-b", "zone-reload", "test."],
                       check=True)

    def dns(self, records, origin="test"):
        """Serves that zone with these records (text in zone file form) to the proxy host."""
        zone_file = self.write_zone(records, origin)
        config = self.write("knot.conf", """
server:
    rundir: {dir}/knot
    user: root
    listen: {server}@53
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
database:
    storage: {dir}/knot
log:
  - target: stderr
    any: info
zone:
  - domain: {origin}.
    file: {zone}
    storage: {dir}/knot
    zonefile-load: whole
    journal-content: none
""".format(dir=self.dir, server=NAME_SERVER, origin=origin, zone=zone_file))
        os.makedirs(self.path("knot"), exist_ok=True)
        child = self.start(self.proxy, ["knotd", "-c", config], "knot.log")
        # A query for ns.ORIGIN, type A (RFC 1035 4.1).
        query = b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x02ns%c%s\0\0\x01\0\x01" % (
            len(origin), origin.encode())

        def answers():
            with self.proxy.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
                s.settimeout(0.2)
                s.connect((NAME_SERVER, 53))
                try:
                    s.send(query)
                    return s.recv(512)[3] & 15 == 0
                except OSError:
                    return False
        wait_until(answers, 10, "answer of knotd", child, lambda: self.read("knot.log"))

    def close(self):
        closers, self._closers = self._closers, []
        for close in reversed(closers):
            try:
                close()
            except Exception as e:
                print("lab: clean-up: %r" % e, file=sys.stderr)
        for child in self.children:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(2)
        self.children = []
        if os.environ.get("BOND_LIVE_KEEP"):
            print("lab: files are in " + self.dir, file=sys.stderr)
        else:
            shutil.rmtree(self.dir, ignore_errors=True)
        atexit.unregister(self.close)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()


def remove_left_overs(pid):
    """Removes what a test process of that pid could not, because it was killed."""
    listed = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True).stdout
    for line in listed.splitlines():
        name = line.split()[0]
        if name.startswith("bond%d-" % pid):
            ns = Namespace(name, existing=True)
            ns.close()
    for path in glob.glob(os.path.join(tempfile.gettempdir(), "bond-live-%d-*" % pid)):
        shutil.rmtree(path, ignore_errors=True)


def wait_until(condition, timeout, what, child=None, log=lambda: ""):
    """Polls condition(); its true value, or TimeoutError that tells `what` and the log's end."""
    end = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if child is not None and child.poll() is not None:
            raise RuntimeError("no %s: the program ended with %s\n%s"
                               % (what, child.returncode, log()[-2000:]))
        if time.monotonic() > end:
            raise TimeoutError("no %s within %g s\n%s" % (what, timeout, log()[-2000:]))
        time.sleep(0.03)
