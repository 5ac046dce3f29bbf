# SPDX-License-Identifier: MIT
"""Two network namespaces for one worker thread: the victim's machine and the peer's.

Both have no name: they end with the thread, its victims and its sockets, whatever happens to the
run. The thread itself lives in the victim's namespace, and in a mount namespace of its own."""
import ctypes
import os
import socket
import subprocess
import time

CLONE_NEWNS, CLONE_NEWNET = 0x20000, 0x40000000
RTF_LOCAL = 0x80000000
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000
libc = ctypes.CDLL(None, use_errno=True)

HOST = """
link set dev lo up
link add name va type veth peer name vb netns PEER
link add name vc type veth peer name vd netns PEER
link add name ma type veth peer name mb
link set dev va addrgenmode none
link set dev vc addrgenmode none
link set dev ma addrgenmode none
link set dev mb addrgenmode none
link set dev va up
link set dev vc up
link set dev ma up
link set dev mb up
"""
ADDRESSES = """
address replace 10.0.0.1/24 dev va
address replace fd00::1/64 dev va nodad
address replace fe80::1/64 dev va nodad
address replace 10.0.4.1/24 dev vc
address replace fd00:4::1/64 dev vc nodad
address replace fe80::2/64 dev vc nodad
address replace 10.0.1.1/24 dev ma
address replace 10.0.2.1/24 dev ma
address replace 10.0.3.1/24 dev ma
address replace fd00:1::1/64 dev ma nodad
address replace fd00:2::1/64 dev ma nodad
address replace fd00:3::1/64 dev ma nodad
route replace default via 10.0.0.9 dev va
route replace default via 10.0.4.9 dev vc metric 500
route replace default via fd00::9 dev va metric 10
route replace default via fd00:4::9 dev vc metric 500
"""
PEER = """
link set dev lo up
link set dev vb addrgenmode none
link set dev vd addrgenmode none
link set dev vb up
link set dev vd up
address add 10.0.0.9/24 dev vb
address add fd00::9/64 dev vb nodad
address add fe80::9/64 dev vb nodad
address add 10.0.4.9/24 dev vd
address add fd00:4::9/64 dev vd nodad
address add fe80::a/64 dev vd nodad
address add 198.51.100.9/32 dev lo
address add 203.0.113.9/32 dev lo
address add 2001:db8::9/128 dev lo nodad
address add 2001:db8:1::9/128 dev lo nodad
route add 10.0.1.0/24 via 10.0.0.1
route add 10.0.2.0/24 via 10.0.0.1
route add 10.0.3.0/24 via 10.0.0.1
route add fd00:1::/64 via fd00::1
route add fd00:2::/64 via fd00::1
route add fd00:3::/64 via fd00::1
"""


def _check(result, what):
    if result != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{what}: {os.strerror(error)}")


def unshare(flags):
    _check(libc.unshare(flags), "unshare")


def setns(fd):
    _check(libc.setns(fd, CLONE_NEWNET), "setns")


def sysctl(name, value):
    with open("/proc/sys/net/" + name, "w") as f:
        f.write(value)


def ip_batch(text):
    done = subprocess.run(["ip", "-batch", "-"], input=text, text=True, capture_output=True)
    if done.returncode:
        raise RuntimeError("ip -batch: " + done.stderr)


def mount(source, target, kind=None, flags=0):
    _check(libc.mount(source.encode(), target.encode(), kind, flags, None), "mount " + target)


def _private_files():
    """Gives this thread a private /run, and a private /etc without bond.ini."""
    libc.mount.argtypes = [ctypes.c_char_p] * 3 + [ctypes.c_ulong, ctypes.c_char_p]
    mount("none", "/", flags=MS_REC | MS_PRIVATE)
    mount("none", "/run", b"tmpfs")
    os.mkdir("/run/etc")
    # netns comes and goes with other tests
    files = ["/etc/" + name for name in os.listdir("/etc") if name != "netns"]
    subprocess.run(["cp", "-a", *files, "/run/etc"], check=True)
    if os.path.exists("/run/etc/bond.ini"):
        os.unlink("/run/etc/bond.ini")
    mount("/run/etc", "/etc", flags=MS_BIND)
    if os.path.exists("/etc/bond.ini") or os.stat("/etc").st_dev != os.stat("/run").st_dev:
        raise RuntimeError("/etc is not private")


def _wait_for_local_routes():
    """The kernel makes those of IPv6 addresses later, by a work of its own."""
    wanted = {socket.inet_pton(socket.AF_INET6, line.split()[2].split("/")[0]).hex()
              for line in ADDRESSES.splitlines() if line.startswith("address") and "::" in line}
    end = time.monotonic() + 100
    while True:
        with open("/proc/thread-self/net/ipv6_route") as f:
            local = {r[0] for r in map(str.split, f) if int(r[8], 16) & RTF_LOCAL}
        if wanted <= local:
            return
        if time.monotonic() > end:
            raise RuntimeError("no local routes of IPv6 addresses")
        time.sleep(0.01)


class Net:
    """Call from the worker thread; it stays in the victim's namespace. peer_fd names the peer's."""

    def __init__(self):
        unshare(CLONE_NEWNS | CLONE_NEWNET)
        _private_files()
        self._sysctls()
        self.peer_fd = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        unshare(CLONE_NEWNET)
        self._sysctls()
        self.host_fd = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        ip_batch(HOST.replace("PEER", f"/proc/{os.getpid()}/fd/{self.peer_fd}"))
        self.restore()
        setns(self.peer_fd)
        ip_batch(PEER)
        setns(self.host_fd)

    @staticmethod
    def _sysctls():
        sysctl("ipv6/conf/all/accept_dad", "0")
        sysctl("ipv6/conf/default/accept_dad", "0")
        sysctl("ipv4/conf/all/rp_filter", "0")
        sysctl("ipv4/conf/default/rp_filter", "0")
        sysctl("ipv4/ip_local_port_range", "40000 60999")
        sysctl("ipv4/icmp_ratelimit", "0")
        sysctl("ipv6/icmp/ratelimit", "0")
        sysctl("ipv4/tcp_max_tw_buckets", "0")  # a victim never meets the last one's port

    @staticmethod
    def restore():
        """Puts back what a victim may have removed."""
        ip_batch(ADDRESSES)
        _wait_for_local_routes()
