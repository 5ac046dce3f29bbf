# SPDX-License-Identifier: MIT
"""A small host for check_capture.py: known messages, each when it is told to by a line, by each of the calls
that Python has. usage: host_of_capture.py LISTENER MEMBER PEER ELSEWHERE, addresses of which it has two."""

import os
import socket
import sys

listener, member, peer, elsewhere = sys.argv[1:5]


def message(start, via, call_id, body="", transport="UDP"):
    return ("%s\r\nVia: SIP/2.0/%s %s;branch=z9hG4bK%s\r\nMax-Forwards: 5\r\nFrom: <sip:a@h>;tag=1\r\n"
            "To: <sip:b@p>\r\nCall-ID: %s\r\nCSeq: 1 %s\r\nContact: <sip:a@%s>\r\n"
            "Content-Length: %d\r\n\r\n%s" % (start, transport, via, call_id, call_id, start.split()[0],
                                              via, len(body), body)).encode()


def udp(address, port=5060):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((address, port))
    s.settimeout(10)
    return s


h, m, wild = udp(listener), udp(member), udp("", 5099)
print(os.getpid(), flush=True)
to = peer, 5080
for word in sys.stdin:
    word = word.strip()
    if word == "edited":
        h.sendto(message("OPTIONS sip:b@p SIP/2.0", listener + ":5060", word), to)
        print(m.recv(65536).hex(), flush=True)  # the answer, as a host has it
        continue
    if word == "large":
        h.sendmsg([message("MESSAGE sip:b@p SIP/2.0", listener + ":5060", word, "x" * 60000)], [], 0, to)
    if word == "pieces":
        whole = message("MESSAGE sip:b@p SIP/2.0", listener + ":5060", word, "y" * 500)
        h.sendmsg([whole[i:i + 10] for i in range(0, len(whole), 10)], [], 0, to)
    if word == "unrouted":
        h.sendto(message("OPTIONS sip:b@p SIP/2.0", listener + ":5060", word), (elsewhere, 5080))
    if word == "wild":
        wild.sendto(message("OPTIONS sip:b@p SIP/2.0", "h", word), (elsewhere, 5080))
    if word == "media":
        h.sendto(b"\x80\x00" + bytes(100), to)
        h.sendto(b"\r\n\r\n", to)
    if word == "stream":
        with socket.create_connection(to, source_address=(listener, 0)) as s:
            whole = message("OPTIONS sip:b@p SIP/2.0", listener + ":5060", word, transport="TCP")
            s.sendall(whole[:70])
            s.send(whole[70:])
            got = b""
            while not got.endswith(b"\r\n\r\n"):
                got += s.recv(100)
            print(s.getsockname()[1], got.hex(), flush=True)
        continue
    print(word, flush=True)
