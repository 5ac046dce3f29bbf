# SPDX-License-Identifier: MIT
"""Runs a program as a service with RestrictAddressFamilies= runs: socket() of some families is
refused, or of any ends the process.
usage: restricted.py no-netlink|only-ip|no-sockets PROGRAM [ARGUMENT...]"""
import ctypes
import os
import socket
import struct
import sys

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
ALLOW, KILL, ERRNO = 0x7fff0000, 0x80000000, 0x00050000
LOAD, JUMP_EQUAL, RETURN = 0x20, 0x15, 0x06
NUMBER, FIRST_ARGUMENT = 0, 16
SYS_SOCKET, EAFNOSUPPORT = 41, 97

FILTERS = {
    "no-netlink": [(LOAD, 0, 0, NUMBER), (JUMP_EQUAL, 0, 3, SYS_SOCKET),
                   (LOAD, 0, 0, FIRST_ARGUMENT), (JUMP_EQUAL, 0, 1, socket.AF_NETLINK),
                   (RETURN, 0, 0, ERRNO | EAFNOSUPPORT), (RETURN, 0, 0, ALLOW)],
    "only-ip": [(LOAD, 0, 0, NUMBER), (JUMP_EQUAL, 0, 4, SYS_SOCKET),
                (LOAD, 0, 0, FIRST_ARGUMENT), (JUMP_EQUAL, 2, 0, socket.AF_INET),
                (JUMP_EQUAL, 1, 0, socket.AF_INET6), (RETURN, 0, 0, ERRNO | EAFNOSUPPORT),
                (RETURN, 0, 0, ALLOW)],
    "no-sockets": [(LOAD, 0, 0, NUMBER), (JUMP_EQUAL, 0, 1, SYS_SOCKET), (RETURN, 0, 0, KILL),
                   (RETURN, 0, 0, ALLOW)],
}


def restrict(name):
    libc = ctypes.CDLL(None, use_errno=True)
    code = b"".join(struct.pack("HBBI", *step) for step in FILTERS[name])
    buffer = ctypes.create_string_buffer(code)
    program = struct.pack("HxxxxxxP", len(FILTERS[name]), ctypes.addressof(buffer))
    for words in ((PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
                  (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.create_string_buffer(program), 0, 0)):
        if libc.prctl(*words) != 0:
            raise OSError(ctypes.get_errno(), "prctl")


restrict(sys.argv[1])
os.execvp(sys.argv[2], sys.argv[2:])
