# SPDX-License-Identifier: MIT
"""Ends of tests/machines/booted: `agent ADDRESS PORT` is a service that asks the carrier when it is asked, by a socket of
its own or of systemd; `carrier` answers with what it saw; `ask ADDRESS PORT` prints that."""
import os
import re
import select
import socket
import sys

CARRIER = ("192.0.2.9", 5080)
REQUEST = ("OPTIONS sip:{0}:{1} SIP/2.0\r\nVia: SIP/2.0/UDP {2}:{3};branch=z9hG4bK{4}\r\nMax-Forwards: 70\r\n"
           "From: <sip:{2}>;tag=1\r\nTo: <sip:{0}>\r\nCall-ID: {4}\r\nCSeq: 1 OPTIONS\r\nContact: <sip:{2}:{3}>\r\n"
           "Content-Length: 0\r\n\r\n")


def bound(address, port):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((address, port))
    return s


def answer(s, request, to, seen):
    lines = [line for line in request.split("\r\n") if re.match("(Via|From|To|Call-ID|CSeq):", line)]
    s.sendto(("\r\n".join(["SIP/2.0 200 OK", *lines, "X-Seen: " + seen, "Content-Length: 0", "", ""])).encode(), to)


def agent(address, port):
    s = socket.socket(fileno=3) if os.environ.get("LISTEN_FDS") else bound(address, port)
    if os.environ.get("NOTIFY_SOCKET"):
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"READY=1", os.environ["NOTIFY_SOCKET"])
    asked = None
    while True:
        data, source = s.recvfrom(65535)
        text = data.decode()
        if text.startswith("OPTIONS"):
            asked = text, source
            s.sendto(REQUEST.format(*CARRIER, address, port, os.urandom(8).hex()).encode(), CARRIER)
        elif asked:
            answer(s, *asked, re.search("X-Seen: (.*)\r", text)[1])


def carrier():
    s = bound(*CARRIER)
    while True:
        data, source = s.recvfrom(65535)
        text = data.decode()
        answer(s, text, source, f"{source[0]}:{source[1]} {re.search('Via: SIP/2.0/UDP ([^;]*)', text)[1]}")


def ask(address, port):
    s = bound("127.0.0.1" if address.startswith("127.") else "192.0.2.1", 0)
    s.settimeout(0.5)
    request = REQUEST.format(address, port, *s.getsockname(), os.urandom(8).hex()).encode()
    for last in range(39, -1, -1):  # sent again, as of a service that is just starting nobody answers
        s.sendto(request, (address, port))
        if select.select([s], [], [], 0.5)[0] or not last:
            break
    print(re.search("X-Seen: (.*)\r", s.recv(65535).decode())[1])


if sys.argv[1] == "carrier":
    carrier()
else:
    {"agent": agent, "ask": ask}[sys.argv[1]](sys.argv[2], int(sys.argv[3]))
