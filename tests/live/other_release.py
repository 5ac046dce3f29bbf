# SPDX-License-Identifier: MIT
"""Programs of other releases of Debian than this one, in chroots below BOND_ROOTS (build/), which the first run
fetches."""

import os
import shutil
import subprocess
import tempfile

from lab.network import ROOT

MIRROR = os.environ.get("BOND_MIRROR", "http://deb.debian.org/debian")
# What lies in the lab's folder and in /proc is the same inside and outside; the mounts end with the
# mount namespace of "ip netns exec".
INSIDE = """root=$1 lab=$2
shift 2
mkdir -p "$root$(dirname "$lab")"
mount --bind "$(dirname "$lab")" "$root$(dirname "$lab")"
mount -t proc proc "$root/proc"
exec chroot "$root" "$@"
"""


def inside(root, lab):
    """The words before those of a program of that root."""
    return ["sh", "-ec", INSIDE, "sh", root, lab.dir]


def fetched(suite, packages, program):
    """(folder of the chroot with that program, why there is none)."""
    root = os.path.join(os.environ.get("BOND_ROOTS") or os.path.join(ROOT, "build"),
                        os.path.basename(program), suite)
    if os.path.exists(root + program):
        return root, None
    if not shutil.which("debootstrap"):
        return None, "there is no debootstrap"
    part = root + ".part"
    shutil.rmtree(part, ignore_errors=True)
    os.makedirs(part)
    done = subprocess.run(["debootstrap", "--variant=minbase", "--include=" + ",".join(packages), suite, part,
                           MIRROR], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        said = (done.stdout + done.stderr).strip().splitlines() or ["nothing"]
        return None, "debootstrap of %s says: %s" % (suite, said[-1])
    os.rename(part, root)
    return root, None


def bring(root):
    """Puts the library and bondrun where they are outside; says why they cannot be loaded, or None.
    Where its libc is older than the one that they were built with, this machine's replaces it."""
    os.makedirs(root + ROOT, exist_ok=True)
    for name in ("bondrun", "libbond.so", "libbond-tls.so"):
        shutil.copy(os.path.join(ROOT, name), root + ROOT)
    why = refused(root)
    return why and (bring_libc(root) or refused(root))


def bring_libc(root):
    """Why it could not be brought, or None."""
    with tempfile.TemporaryDirectory(dir=root + "/tmp") as folder:
        os.chmod(folder, 0o755)
        done = subprocess.run(["apt-get", "-qq", "download", "libc6", "libc-bin"], cwd=folder,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode != 0:
            return refused(root) + "; and of the newer libc: " + done.stderr.strip()
        subprocess.run(["chroot", root, "sh", "-c", "exec dpkg --force-depends --force-breaks "
                        "--force-confold -i %s/*.deb" % folder[len(root):]],
                       stdin=subprocess.DEVNULL, capture_output=True,
                       env=dict(os.environ, DEBIAN_FRONTEND="noninteractive"))
    return None


def refused(root):
    """The loader's words where it does not load the library, or None."""
    library = os.path.join(ROOT, "libbond.so")
    done = subprocess.run(["chroot", root, "/usr/bin/env", "LD_PRELOAD=" + library, "/bin/true"],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return done.stderr.strip() or None
