# SPDX-License-Identifier: MIT
"""A small host for check_pid.py: forks, says its processes, sends a SIP request, and ends when it is
told to. usage: host_of_pid.py CHILDREN ADDRESS"""

import os
import signal
import socket
import sys

REQUEST = ("OPTIONS sip:bob@moving.test SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n"
           "Max-Forwards: 5\r\nFrom: <sip:a@192.0.2.1>;tag=1\r\nTo: <sip:bob@moving.test>\r\n"
           "Call-ID: 1\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n")

signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
pids = [os.getpid()]
for _ in range(int(sys.argv[1])):
    pid = os.fork()
    if pid == 0:
        signal.sigwait({signal.SIGTERM})
        sys.exit(0)
    pids.append(pid)
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    s.sendto(REQUEST.encode(), (sys.argv[2], 5060))
print(" ".join(["processes"] + [str(pid) for pid in pids]), flush=True)
signal.sigwait({signal.SIGTERM})
for pid in pids[1:]:
    os.kill(pid, signal.SIGTERM)
    os.waitpid(pid, 0)
