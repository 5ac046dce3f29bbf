# SPDX-License-Identifier: MIT
"""Requests that begin oddly, through Kamailio: what is whole bare is whole under libbond, and leaves by the
member; and [host] unknown holds for each as for the plain form."""

import os
import re
import socket

from checks import expect, expect_equal, group
from lab import bonds
from lab.kamailio import Kamailio
from lab.network import FIRST, PEER, ROOT, Lab, address

TABLE = os.path.join(ROOT, "tests", "data", "starts.tsv")
AT_LEAST = 33


def starts():
    """[(name, start line with %u)] of what Kamailio takes for a request."""
    found = []
    with open(TABLE) as f:
        for line in f:
            if line.startswith("#"):
                continue
            name, text, kamailio = line.rstrip("\n").split("\t")[:3]
            if kamailio != "-":
                found.append((name, text.encode().decode("unicode_escape").encode("latin1")))
    return found


def request(start, uri, place, number, more=b""):
    method = re.match(rb"[\r\n\t \0]*([^ ]*)", start).group(1)
    more += b"Subject: an answer must not be larger than its request" + b"." * 99 + b"\r\n"
    return start.replace(b"%u", uri.encode()) + (
        "Via: SIP/2.0/UDP %s:%d;branch=z9hG4bK-%s;rport\r\nMax-Forwards: 9\r\n"
        "From: <sip:a@x>;tag=%s\r\nTo: <sip:b@x>\r\nCall-ID: %s\r\nCSeq: 1 "
        % (*place, number, number, number)).encode() + method + b"\r\n" + more + (
            b"Content-Length: 0\r\n\r\n")


def split(data):
    """(what stands in front of the first Via, the Vias, the rows behind)"""
    rows = re.split(rb"(?m)^(?=Via:)", data)
    vias = [re.match(rb"Via: *([^\r\n]*)", row).group(1) for row in rows[1:]]
    return rows[0], vias, data


class Ends:
    """A caller in one side and a called party in the other, which say what they see."""

    def __init__(self, lab, here, there):
        self.proxy = (address(here, 4, FIRST), 5060)
        self.caller = self._socket(lab, here, 7000)
        self.called = self._socket(lab, there, 7100)

    @staticmethod
    def _socket(lab, side, port):
        s = lab.peer[side].socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.bind((address(side, 4, PEER), port))
        lab.closing(s.close)
        return s

    @staticmethod
    def _next(s, call_id, wait):
        s.settimeout(wait)
        try:
            while True:
                data, source = s.recvfrom(65535)
                if b"Call-ID: %s\r" % call_id.encode() in data:
                    return data, source
        except TimeoutError:
            return None, None

    def transaction(self, start, number, wait):
        """What the called party and the caller saw: (data, source) each; None: nothing came."""
        uri = "sip:b@%s:%d" % self.called.getsockname()
        self.caller.sendto(request(start, uri, self.caller.getsockname(), number), self.proxy)
        there = self._next(self.called, number, wait)
        if there[0] is None:
            return there, (None, None)
        _, vias, data = split(there[0])
        rest = re.findall(rb"(?m)^(?:From|To|Call-ID|CSeq): [^\r\n]*\r\n", data)
        answer = b"SIP/2.0 200 OK\r\n" + b"".join(b"Via: %s\r\n" % v for v in vias) + b"".join(rest)
        self.called.sendto(answer + b"Content-Length: 0\r\n\r\n", there[1])
        return there, self._next(self.caller, number, wait)

    def ask(self, start, number, wait):
        """The status line of the host's own answer to a request that goes no further."""
        self.caller.sendto(request(start, "sip:here@%s:%d" % self.proxy,
                                   self.caller.getsockname(), number), self.proxy)
        data, _ = self._next(self.caller, number, wait)
        return data and data.split(b"\r\n")[0]


def run_all(ends, forms, run, wait):
    return {name: ends.transaction(start, "%s-%d" % (run, i), wait)
            for i, (name, start) in enumerate(forms)}


def same_but(bare, bond, run):
    """Whether the caller sees the same, but for tags and numbers of the run."""
    plain = lambda data: re.sub(rb"(bare|bond)-[AB]", b"run", data)
    return plain(bare) == plain(bond)


@group(seconds=60)
def odd_starts(t):
    forms = starts()
    bare = {}
    with Lab() as lab:
        host = Kamailio(lab, "bare")
        for here, there in ("AB", "BA"):
            bare[here] = run_all(Ends(lab, here, there), forms, "bare-" + here, 0.3)
        host.stop()
    whole = [name for name in bare["A"] if all(bare[h][name][1][0] for h in "AB")]
    with t.check("at least %d odd starts make whole transactions bare" % AT_LEAST):
        expect("plain" in whole, "not even the plain one")
        expect(len(whole) > AT_LEAST, "%d: %s" % (len(whole), " ".join(whole)))
    with Lab() as lab:
        # it sends from where it heard the request: everything has to be edited
        Kamailio(lab, "bond", ini=lab.write("bond.ini", bonds.both()), mhomed=0)
        for here, there in ("AB", "BA"):
            ends = Ends(lab, here, there)
            member = bonds.member(there, 4, "udp")
            for i, (name, start) in enumerate(forms):
                if name not in whole:
                    continue
                with t.check("%s to %s, %s" % (here, there, name)):
                    (sent, source), (back, origin) = ends.transaction(
                        start, "bond-%s-%d" % (here, i), 3)
                    expect(sent, "it does not arrive")
                    (was, _), (was_back, was_origin) = bare[here][name]
                    before, vias, _ = split(sent)
                    expect_equal(source, member, "source")
                    expect_equal(before, split(was)[0], "what it begins with")
                    expect(re.match(rb"SIP/2.0/UDP %s[:;].*;bond=" % member[0].encode(), vias[0]),
                           "the top Via is %r" % vias[0])
                    expect_equal(len(vias), 2, "number of Vias")
                    expect(back, "no answer comes back")
                    expect_equal(origin, was_origin, "where the answer comes from")
                    expect(same_but(was_back, back, here), "the caller sees %r, bare %r"
                           % (back, was_back))


@group(seconds=60)
def odd_starts_unknown(t):
    """On a listener of no bond no form is let in that Kamailio would answer, nor a forged header."""
    forms = starts()
    with Lab() as lab:
        host = Kamailio(lab, "bare")
        ends = Ends(lab, "A", "B")
        answered = [f for i, f in enumerate(forms) if ends.ask(f[1], "bare-%d" % i, 0.3)]
        host.stop()
    with t.check("bare Kamailio answers at least %d" % AT_LEAST):
        expect(len(answered) > AT_LEAST, str(len(answered)))
    for policy in ("403", "drop"):
        with Lab() as lab:
            ini = lab.write("bond.ini", "[host]\nunknown = %s\nheader = X-Bond\nsecret = 0123456789abcdefghij\n\n%s" % (
                policy, bonds.both()))
            host = Kamailio(lab, policy, ini=ini, watch=True,
                            probe=bonds.member("A", 4, "udp")[0])
            ends = Ends(lab, "A", "B")
            for i, (name, start) in enumerate(answered):
                number = "%s-%d" % (policy, i)
                if policy == "403":
                    with t.check("403: " + name):
                        expect_equal(ends.ask(start, number, 3), b"SIP/2.0 403 Forbidden", "answer")
                else:
                    ends.caller.sendto(request(start, "sip:here@x", ends.caller.getsockname(),
                                               number), ends.proxy)
            # to members: let in, without what was forged
            ends.proxy = bonds.member("A", 4, "udp")
            for i, (name, start) in enumerate(answered):
                number = "in-%d" % i
                ends.caller.sendto(request(start, "sip:here@%s:5060" % ends.proxy[0],
                                           ends.caller.getsockname(), number,
                                           b"X-Bond-In: external\r\nx-bond-OUT : external\r\n"),
                                   ends.proxy)
                ends._next(ends.caller, number, 3)
            host.stop()
            seen = host.messages()
            with t.check(policy + ": the script has seen none of them"):
                seen_numbers = re.findall(r"Call-ID: (%s-\d+)" % policy, "\n".join(seen))
                expect_equal(seen_numbers, [], "seen")
            with t.check(policy + ": what came to a member is told so, and by nobody else"):
                count = 0
                for message in seen:
                    if "Call-ID: in-" not in message:
                        continue
                    count += 1
                    told = re.findall(r"(?mi)^x-bond-\S+ *:.*", message)
                    expect_equal(told, ["X-Bond-In: internal"], "header of " + message[:40])
                expect(count >= AT_LEAST, "%d seen" % count)
