# SPDX-License-Identifier: MIT
"""Which TLS connection is which: by OpenSSL, GnuTLS and mbedTLS at both ends, 32 at once."""

import os
import subprocess

from checks import expect_equal, group
from lab.network import ROOT, Lab

PROGRAM = os.path.join(ROOT, "build/tls_pairs")
CONNECTIONS = 4  # of each of 32 clients, one after another
PIECES = {"fd": "by the descriptor", "one": "a byte a call", "all": "by all calls", "forks": "servers forked"}
KINDS = ("1.2", "1.3", "retry", "resumed", "gnutls", "mbedtls")
INI = """[bond:ext]
member = tls:127.0.0.1:5061
member = tls:127.0.0.1:5071
[route:carriers]
to = 198.51.100.0/24
bond = ext
"""


@group(seconds=200)
def tls_pairs(t):
    """What a library tells of a connection is found to be the connection, however its hellos came."""
    subprocess.run(["make", "-s", "-C", ROOT, "build/tls_pairs"], check=True)
    with Lab() as lab:
        env = dict(os.environ, BOND_CONFIG=lab.write("bond.ini", INI))
        for kind in KINDS:
            for pieces in PIECES:
                with t.check("%s, %s: each is found, and is itself" % (kind, PIECES[pieces])):
                    done = lab.proxy.run([PROGRAM, kind, pieces, str(CONNECTIONS)], timeout=150, env=env)
                    right = 32 * CONNECTIONS * (2 if kind == "mbedtls" else 3)
                    expect_equal(done.stdout + done.stderr, "%d right, 0 otherwise, 0 broken\n" % right,
                                 "what is printed")
        with t.check("5,000 handshakes that do not end: each is found, before, meanwhile and behind them"):
            done = lab.proxy.run([PROGRAM, "1.3", "attack", str(CONNECTIONS)], timeout=150, env=env)
            right = 32 * (CONNECTIONS * 3 + 1)
            expect_equal(done.stdout + done.stderr, "%d right, 0 otherwise, 0 broken\n" % right,
                         "what is printed")
