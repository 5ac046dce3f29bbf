# SPDX-License-Identifier: MIT
"""OpenSSL 1.1.1, of Debian bullseye: what victims find of OpenSSL, and whole calls through the Kamailio of that
release. It runs with BOND_LIVE_ALL=1 alone: the first time it fetches some packages."""

import os
import shutil
import subprocess
import sys

from check_dialogs_streams import check_pair
from check_tls import VERSIONS, TlsDialogs, member, start
from checks import expect, expect_equal, group
from lab.network import ROOT, Lab
from other_release import MIRROR
from whole_calls import ALL, seconds

SUITE = "bullseye"
PACKAGES = "kamailio", "kamailio-tls-modules", "libssl1.1", "libssl-dev"
LIBRARY = "libssl.so.1.1"
VICTIMS = os.path.join(ROOT, "tests", "victim", "run")


def unpacked():
    """(folder in which the packages are, why there is none); they are not installed."""
    root = os.path.join(ROOT, "build", "openssl-1.1")
    if os.path.exists(root):
        return root, None
    if not shutil.which("debootstrap"):
        return None, "there is no debootstrap"
    part, packages = root + ".part", root + ".packages"
    for folder in part, packages:
        shutil.rmtree(folder, ignore_errors=True)
    done = subprocess.run(["debootstrap", "--download-only", "--variant=minbase",
                           "--include=" + ",".join(PACKAGES), SUITE, packages, MIRROR],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        said = (done.stdout + done.stderr).strip().splitlines() or ["nothing"]
        return None, "debootstrap of %s says: %s" % (SUITE, said[-1])
    archives = os.path.join(packages, "var/cache/apt/archives")
    for name in os.listdir(archives):
        if name.split("_")[0] in PACKAGES:
            subprocess.run(["dpkg", "-x", os.path.join(archives, name), part], check=True)
    shutil.rmtree(packages)
    os.rename(part, root)
    return root, None


def libraries_of(pids):
    """The names of the OpenSSL libraries that are mapped."""
    found = set()
    for pid in pids:
        with open("/proc/%d/maps" % pid) as f:
            found |= {os.path.basename(line.split()[-1]) for line in f if "/libssl" in line}
    return found


def calls(t, root):
    with Lab() as lab:
        host = start(lab, "kamailio", "tls", "tls", "A", "B", root=root)
        for version in VERSIONS:
            with TlsDialogs(lab, "A", 4, "B", 4, "tls", "tls", maximum=VERSIONS[version]) as pair:
                check_pair(t, pair, "OpenSSL 1.1.1, TLS " + version, *member("B", 4, "tls"), "tls", False)
        with t.check("it is that library"):
            expect_equal(libraries_of(lab.proxy.pids()), {LIBRARY}, "what is loaded")
        host.stop()


if ALL:
    @group(seconds=seconds(60))
    def agent_openssl_1_1(t):
        root, why = unpacked()
        if why:
            t.skip("OpenSSL 1.1.1", why)
            return
        with t.check("the victims of OpenSSL"):
            done = subprocess.run([sys.executable, VICTIMS, "--openssl", root], stdin=subprocess.DEVNULL,
                                  capture_output=True, text=True)
            expect(done.returncode == 0, "\n".join(
                line for line in done.stdout.splitlines() if not line.startswith("ok")) + done.stderr)
            expect("steer/tls_round.memory" in done.stdout, "none was run")
        calls(t, root)
