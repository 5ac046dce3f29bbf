# SPDX-License-Identifier: MIT
"""Root's bondctl on the file of a host whose user writes into it what he likes."""

import os
import random
import signal

from check_pid import OWN, STARTER, Asked, Host, file_of, remove
from check_dns import ini
from checks import expect, group
from lab.network import Lab

COMMANDS = (("status", "PID"), ("status", "--json", "PID"), ("status", "--prometheus", "PID"),
            ("diff", "INI", "PID"), ("reload", "PID", "INI"), ("explain", "--pid", "PID", "sip:moving.test"))


def changes(whole, pick):
    """Forever: the file with something wrong in it."""
    while True:
        data = bytearray(whole)
        for _ in range(pick.choice((1, 1, 2, 8, 64))):
            width = pick.choice((1, 4, 8))
            # Most of what is trusted stands at the begin, and where rules begin.
            at = pick.randrange(0, pick.choice((256, 24000, len(data))) - width) & -width
            data[at:at + width] = pick.choice((
                b"\xff" * width, b"\0" * width, pick.randbytes(width),
                pick.randrange(len(data) * 2).to_bytes(8, "little")[:width],
                (len(data) - pick.randrange(64)).to_bytes(8, "little")[:width]))
        if pick.randrange(4) == 0:
            data = data[:pick.randrange(len(data))]
        if pick.randrange(8) == 0:
            data += bytes(pick.randrange(1 << 20))
        yield bytes(data)


@group(seconds=60)
def reload_hostile(t):
    """It ends with status 0 or 1, whatever it reads, and what it may not read is not shown."""
    with Lab() as lab:
        remove(OWN)
        lab.closing(lambda: remove(OWN))
        ask = Asked(lab)
        file = lab.write("moving.ini", ini("moving.test"))
        host = Host.start(lab, file, uid=STARTER)
        pid = host.pids[0]
        for p in host.pids:
            os.kill(p, signal.SIGSTOP)
        path = file_of(pid, OWN)
        with open(path, "rb") as f:
            whole = f.read()
        told = 0
        for command in COMMANDS:
            with t.check("bondctl %s" % " ".join(command)):
                words = [{"PID": pid, "INI": file}.get(w, w) for w in command]
                for number, data in zip(range(30), changes(whole, random.Random(" ".join(command)))):
                    with open(path, "r+b") as f:
                        f.truncate(len(data))
                        f.write(data)
                    done = lab.proxy.run([lab.path("bondctl")] + words)
                    told += done.returncode == 0
                    expect(done.returncode in (0, 1), "file %d: status %d: %s%s" % (
                        number, done.returncode, done.stdout, done.stderr))
                    expect(all(c.isprintable() or c in "\n\t" for c in done.stdout + done.stderr),
                           "file %d: printed %r" % (number, done.stdout + done.stderr))
        with t.check("and tells what it can"):
            expect(told, "not one file was understood")
        with open(path, "r+b") as f:
            f.truncate(len(whole))
            f.write(whole)
        for p in host.pids:
            os.kill(p, signal.SIGCONT)
