# SPDX-License-Identifier: MIT
"""DNS: bondctl's targets and the resolver's table against knot, a broken server and one that lies."""

import glob
import json
import os
import re
import subprocess
import time

from checks import expect, expect_equal, group
from lab import bonds
from lab.network import NAME_SERVER, ROOT, Lab, address
from liar import TRUTH, Liar

LIAR = "127.0.0.1:5354"
SOAK = os.path.join(ROOT, "build/names_soak")

# Two records each of what RFC 3263 knows. ".test" is lab.dns()'s zone.
ZONE = """
tlsv6        NAPTR 10 10 "s" "SIPS+D2T" "" _sips._tcp.tlsv6
tlsv6        NAPTR 20 10 "s" "SIP+D2U" "" _sip._udp.tlsv6
_sips._tcp.tlsv6 SRV 1 1 5071 six
_sip._udp.tlsv6  SRV 1 1 5060 four
six          AAAA {six}
four         A    {four}
udp2         A    {four}
_sip._udp.udp2 SRV 20 0 5062 four
_sip._udp.udp2 SRV 10 7 5061 four
_sip._udp.udp2 SRV 10 9 5060 four
aonly        A    {four}
aaaaonly     AAAA {six}
dual         A    {four}
dual         AAAA {six}
alias        CNAME alias2
alias2       CNAME aonly
dot          A    {four}
_sip._udp.dot SRV 0 0 0 .
_sip._tcp.dot SRV 0 0 0 .
_sips._tcp.dot SRV 0 0 0 .
loop1        CNAME loop2
loop2        CNAME loop1
nodata       TXT  "nothing for SIP"
other        A    {four}
_sips._tcp.ta SRV 1 1 5070 four
_sip._tcp.tb SRV 1 1 5070 four
""".format(six=address("B", 6, 9), four=address("B", 4, 9))
HUGE = "\n".join("_sip._udp.huge SRV %d 0 5060 h%d\nh%d A 198.51.100.%d" % (i, i, i, i % 250 + 1)
                 for i in range(300))

INI = """[bond:external]
member = udp:%s:5060
member = tcp:%s:5060
[route:carriers]
to = tlsv6.test, udp2.test, aonly.test, aaaaonly.test, dual.test, alias.test
bond = external
[bond:second]
member = udp:%s:5060
[route:second]
to = other.test, missing.test, loop1.test
bond = second
[dns]
timeout = 1
""" % (address("B", 4, 2), address("B", 4, 2), address("B", 4, 3))


def explain(lab, uri, ini="bond.ini"):
    """(exit code, parsed JSON) of bondctl explain."""
    done = lab.proxy.run([os.path.join(ROOT, "bondctl"), "explain", "--json", lab.path(ini), uri])
    expect(done.stdout, "bondctl printed nothing: " + done.stderr)
    return done.returncode, json.loads(done.stdout)


def targets(lab, uri, ini="bond.ini"):
    return ["%s:%s" % (t["transport"], t["address"]) for t in explain(lab, uri, ini)[1]["targets"]]


V4, V6 = address("B", 4, 9), "[%s]" % address("B", 6, 9)
CASES = [
    ("sip:tlsv6.test", ["tls:%s:5071" % V6, "udp:%s:5060" % V4]),
    ("sips:tlsv6.test", ["tls:%s:5071" % V6]),
    ("sip:udp2.test", ["udp:%s:5060" % V4, "udp:%s:5061" % V4, "udp:%s:5062" % V4]),
    ("sip:udp2.test;transport=tcp", ["tcp:%s:5060" % V4]),
    ("sip:aonly.test", ["udp:%s:5060" % V4]),
    ("sip:aaaaonly.test", ["udp:%s:5060" % V6]),
    ("sip:dual.test", ["udp:%s:5060" % V6, "udp:%s:5060" % V4]),
    ("sips:dual.test:5070", ["tls:%s:5070" % V6, "tls:%s:5070" % V4]),
    ("sip:alias.test", ["udp:%s:5060" % V4]),
    ("tls:aonly.test", ["tls:%s:5061" % V4]),
    ("sip:192.0.2.1:5070;transport=tcp", ["tcp:192.0.2.1:5070"]),
    ("sip:dot.test", []),
    ("sip:loop1.test", []),
    ("sip:nodata.test", []),
    ("sip:missing.test", []),
]


@group
def names_targets(t):
    with Lab() as lab:
        lab.write("bond.ini", INI)
        lab.dns(ZONE + HUGE)
        for uri, wanted in CASES:
            with t.check(uri):
                code, found = explain(lab, uri)
                seen = ["%s:%s" % (x["transport"], x["address"]) for x in found["targets"]]
                expect_equal(seen, wanted, "the list of targets")
                expect_equal(code, 0 if wanted else 1, "the exit status")
                expect_equal(found["outcome"], "answered" if wanted else
                             "failed" if "loop" in uri else "negative", "the outcome")
        with t.check("the chain of a target, with its TTLs"):
            chain = explain(lab, "sip:tlsv6.test")[1]["targets"][0]["chain"]
            expect_equal([(x["type"], x["ttl"]) for x in chain],
                         [("NAPTR", 60), ("SRV", 60), ("AAAA", 60)], "the chain")
            chain = explain(lab, "sip:alias.test")[1]["targets"][0]["chain"]
            expect_equal([(x["type"], x["data"]) for x in chain],
                         [("CNAME", "alias2.test."), ("CNAME", "aonly.test."), ("A", V4)], "the chain")
        with t.check("an answer that needs TCP, and more targets than are followed"):
            code, found = explain(lab, "sip:huge.test")
            expect(len(found["targets"]) > 100, "%d targets" % len(found["targets"]))
            expect_equal(found["targets"][0]["address"], "198.51.100.1:5060", "the first")
            expect_equal(found["outcome"], "partial", "the outcome")
        with t.check("a name in /etc/hosts comes from there"):
            # ip netns exec puts the files of /etc/netns/NAME over /etc
            with open(os.path.join(lab.proxy.etc, "hosts"), "w") as f:
                f.write("127.0.0.1 localhost\n198.51.100.9 aonly.test\n")
            expect_equal(targets(lab, "sip:aonly.test"), ["udp:198.51.100.9:5060"], "the targets")
            os.unlink(os.path.join(lab.proxy.etc, "hosts"))
        with t.check("the route and member of each target"):
            first, second = (x["decision"] for x in explain(lab, "sip:tlsv6.test")[1]["targets"])
            expect_equal((first["route"], first["member"]), ("carriers", None), "the first")
            expect("no member for tls IPv6" in first["reason"], first["reason"])
            expect_equal(second["member"], "udp:%s:5060" % address("B", 4, 2), "the second's member")
        with t.check("a connection to a shared address takes the first route of the file"):
            x = explain(lab, "sip:other.test;transport=tcp")[1]["targets"][0]["decision"]
            expect_equal(x["route"], "carriers", "the route")
            expect("shares the address" in x["reason"], x["reason"])
            x = explain(lab, "sip:other.test")[1]["targets"][0]["decision"]
            expect_equal(x["route"], "second", "a datagram's route")
        with t.check("a connection speaks what the domains of its route say"):
            bonds_of_two = "".join("[bond:%s]\nmember = tcp:%s\nmember = tls:%s\n" % (
                name, address("B", 4, 2), address("B", 4, 3)) for name in "ab")
            lab.write("two.ini", bonds_of_two + "[route:a]\nto = ta.test\nbond = a\n"
                      "[route:b]\nto = tb.test\nbond = b\n[dns]\ntimeout = 1\n")
            code, text = bonds.bondctl(lab.proxy, "explain", lab.path("two.ini"),
                                       "tcp:%s:5070" % V4)
            expect(re.search(r"tls:%s:5061 +fits <- chosen" % address("B", 4, 3), text), text)
            x = explain(lab, "sips:ta.test", "two.ini")[1]["targets"][0]["decision"]
            expect_equal((x["route"], x["member"]),
                         ("a", "tls:%s:5061" % address("B", 4, 3)), "the decision")
        with t.check("the plain text is the same list"):
            code, text = bonds.bondctl(lab.proxy, "explain", lab.path("bond.ini"), "sip:udp2.test")
            expect_equal(re.findall(r"^ *\d+\. (\S+)$", text, re.M), dict(CASES)["sip:udp2.test"],
                         "the list")
            expect("_sip._udp.udp2.test. 60 SRV 10 9 5060 four.test." in text, text)
        with t.check("check --dns"):
            code, text = bonds.bondctl(lab.proxy, "check", "--dns", lab.path("bond.ini"))
            expect_equal(code, 0, "the exit status")
            for want in ("missing.test has no address in DNS",
                         "the question for A of loop1.test failed: its CNAMEs lead in a circle",
                         "tlsv6.test leads to tls:%s:5071, but bond external has no member" % V6,
                         "aaaaonly.test leads to udp:%s:5060, but bond external has no member for "
                         "udp IPv6" % V6,
                         "tlsv6.test and other.test share the address %s" % V4):
                expect(want in text, "no word of: %s, in: %s" % (want, text))
            plain = bonds.bondctl(lab.proxy, "check", lab.path("bond.ini"))[1]
            expect("missing.test" not in plain.replace("to = other.test, missing.test, loop1.test", ""), plain)


LIES = {
    "honest": ["udp:%s:5060" % TRUTH],
    "truncated": ["udp:%s:5060" % TRUTH],
    "flood": ["udp:%s:5060" % TRUTH],
    "zerottl": ["udp:%s:5060" % TRUTH],
    "noaaaa": ["udp:%s:5060" % TRUTH],
    "noedns": ["udp:%s:5060" % TRUTH],
    "notimp": ["udp:%s:5060" % TRUTH],
    "silent": [], "wrongid": [], "wrongname": [], "notresponse": [], "empty": [], "short": [],
    "garbage": [], "pointerloop": [], "cutoff": [], "slowtcp": [], "anyaddress": [], "endless": [],
}


@group
def names_lies(t):
    with Lab() as lab:
        lab.write("liar.ini", INI.replace("timeout = 1", "timeout = 1\nserver = " + LIAR))
        liar = Liar(lab.proxy, "127.0.0.1", 5354)
        lab.closing(liar.close)
        for how, wanted in LIES.items():
            with t.check(how):
                del liar.asked[:]
                begun = time.monotonic()
                expect_equal(targets(lab, "sip:%s.liar" % how, "liar.ini"), wanted, "the targets")
                # one question may lead through 16 CNAMEs; the domains of the INI are asked as well
                asked = [x for x in liar.asked if x[0].endswith(".liar")]
                expect(len(asked) < 6 * 17 * 2, "%d questions" % len(asked))
                expect(time.monotonic() - begun < 30, "it did not end in time")
        with t.check("thousands of records"):
            seen = targets(lab, "sip:big.liar:5060", "liar.ini")
            expect(0 < len(seen) <= 256, "%d targets" % len(seen))
        with t.check("a server that is not there"):
            lab.write("gone.ini", INI.replace("timeout = 1", "timeout = 1\nserver = 127.0.0.1:9"))
            code, found = explain(lab, "sip:aonly.test", "gone.ini")
            expect_equal((code, found["outcome"]), (1, "failed"), "exit status and outcome")


def build_soak():
    subprocess.run(["make", "-s", "-C", ROOT, "build/names_soak"], check=True)


@group(seconds=300)
def names_refresh(t):
    with Lab() as lab:
        lab.dns(ZONE)
        liar = Liar(lab.proxy, "127.0.0.1", 5354)
        lab.closing(liar.close)
        build_soak()
        valgrind = ["valgrind", "-q", "--leak-check=full", "--error-exitcode=9",
                    "--errors-for-leak-kinds=definite,indirect,possible", "--track-fds=no"]

        def run(how, server, count, names):
            done = lab.proxy.run(how + [SOAK, server, count] + names, timeout=250)
            expect_equal(done.returncode, 0, "the exit status (%s)" % (done.stdout + done.stderr)[-1500:])
            return done.stdout

        with t.check("1000 refreshes of good answers leak nothing"):
            out = run(valgrind, NAME_SERVER + ":53", 1000,
                      ["tlsv6.test", "udp2.test", "dual.test", "alias.test", "missing.test", "loop1.test"])
            for line in ("tlsv6.test answered 2", "udp2.test answered 4", "dual.test answered 2",
                         "alias.test answered 1", "missing.test empty 0", "loop1.test unknown 0"):
                expect(line in out.splitlines(), "no line %r in %s" % (line, out))
        with t.check("1000 refreshes of lies leak nothing"):
            out = run(valgrind, LIAR, 1000, [h + ".liar" for h in (
                "honest", "garbage", "pointerloop", "truncated", "cutoff", "flood", "anyaddress",
                "zerottl", "big", "endless")])
            expect("honest.liar answered 1" in out, out)
        with t.check("refreshes that nobody answers leak nothing"):
            run(valgrind, LIAR, 12, [h + ".liar" for h in (
                "silent", "short", "wrongid", "wrongname", "notresponse", "slowtcp")])


class Soak:
    """names_soak as a conversation."""

    def __init__(self, lab, *args):
        self.child = subprocess.Popen(lab.proxy.command([SOAK] + list(args)), text=True,
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def lines(self):
        return list(iter(lambda: self.child.stdout.readline().rstrip("\n"), "done"))

    def say(self, line):
        self.child.stdin.write(line + "\n")
        self.child.stdin.flush()
        return self.lines()

    def end(self):
        self.child.stdin.close()
        return self.child.wait(10)


@group
def names_outage(t):
    with Lab() as lab:
        build_soak()
        lab.dns(ZONE)
        soak = Soak(lab, NAME_SERVER + ":53", "2", "udp2.test", "dual.test")
        with t.check("the server stops: the last answer is kept"):
            expect("udp2.test answered 4" in soak.lines(), "not answered")
            lab.proxy.end_processes("knotd")
            out = soak.say("4")
            expect("udp2.test answered 4" in out and "dual.test answered 2" in out, out)
            expect("said: udp2.test: no server can be reached; the last answer is kept" in out, out)
            expect_equal(sorted(soak.say("?" + V4)), ["dual.test", "udp2.test"], "the owners of " + V4)
        with t.check("it is back with another record: that is followed, the old one is kept for a day"):
            lab.dns(ZONE.replace("dual         A    " + V4, "dual         A    198.51.100.3"))
            out = soak.say("4")
            expect("said: dual.test: DNS answers now" in out, out)
            expect_equal(soak.say("?198.51.100.3"), ["dual.test"], "the owner of the new address")
            expect("dual.test" in soak.say("?" + V4), "the old address is gone")
        with t.check("the name is gone: it is emptied when that has stood for its time"):
            lab.proxy.end_processes("knotd")
            lab.dns("")
            out = soak.say("20")
            expect("said: dual.test: DNS has no address for it" in out, out)
            expect("dual.test answered 3" in out, out)
            lab.proxy.end_processes("knotd")
            lab.dns(ZONE)
            expect("said: dual.test: DNS answers now" in soak.say("4"), "no word of it")
            lab.dns_change("", 2, negative=1)
            soak.say("4")
            time.sleep(6)
            out = soak.say("4")
            expect("dual.test empty 0" in out, out)
            expect_equal(soak.say("?198.51.100.3"), [], "the owner of its address")
        expect_equal(soak.end(), 0, "the exit status")


@group(namespaces=False)
def names_race(t):
    with t.check("readers, a writer and a learner under the thread sanitizer"):
        binary = os.path.join(ROOT, "build/names_race")
        sources = ["tests/live/names_race.c", *glob.glob("shim/dns/table*.c", root_dir=ROOT),
                   "shim/dns/answer.c", "config/addr.c", "config/model.c"]
        os.makedirs(os.path.dirname(binary), exist_ok=True)
        subprocess.run(["gcc", "-std=gnu11", "-D_GNU_SOURCE", "-iquote", "shim", "-iquote", ".", "-O1", "-g", "-fsanitize=thread", "-o",
                        binary] + sources + ["-pthread"], cwd=ROOT, check=True)
        done = subprocess.run([binary], capture_output=True, text=True, timeout=100)
        expect_equal(done.returncode, 0, "the exit status (%s)" % done.stderr[-1500:])
