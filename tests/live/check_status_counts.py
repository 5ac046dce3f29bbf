# SPDX-License-Identifier: MIT
"""bondctl status counts what went: by member and route, over all processes of a host."""

import csv
import glob
import os
import subprocess

import sipp_scenario as scenarios
from check_kamailio import peer_of, through
from check_reload import Load, source
from check_status import Status, members, metrics
from checks import expect, expect_equal, group
from lab import bonds
from lab.kamailio import Kamailio
from lab.network import PEER, Lab, address, command_name
from lab.ua import UA

REQUESTS = 7
CALLS = 60
# 700 ms are longer than Kamailio waits until it sends the INVITE again.
SLOW = source("uas.xml").replace('<recv request="INVITE"/>\n', '<recv request="INVITE"/>\n<pause milliseconds="700"/>\n')
RINGING = scenarios.received(100, optional="true")
INVITED = scenarios.request("INVITE", 1, more=scenarios.CONTACT, sdp=True)
TAGGED = "<[dest]>[peer_tag_param]"
BUSY = scenarios.scenario(INVITED, RINGING, scenarios.received(486),
                          scenarios.request("ACK", 1, to=TAGGED, branch="[branch-3]"))
CANCELLED = scenarios.scenario(
    INVITED, RINGING, scenarios.received(180), scenarios.request("CANCEL", 1, branch="[branch-3]"),
    scenarios.received(200), scenarios.received(487), scenarios.request("ACK", 1, to=TAGGED, branch="[branch-6]"))


@group(seconds=40)
def status_counts(t):
    with Lab() as lab:
        ask = Status(lab)
        ini = lab.write("bond.ini", bonds.both())
        caller = UA(address("A", 4, PEER), 5070, "alice", make_socket=lab.peer["A"].socket)
        lab.closing(caller.close)
        peer_of(lab, "B", 4)
        host = Kamailio(lab, "kamailio", daemon=True, user="kamailio", ini=ini)
        host.child.wait(10)  # the process that was started ends when the daemon is up
        main = host.main_pid()
        out_by = ("external", bonds.member_text("B", 4, "udp"))
        for _ in range(REQUESTS):
            expect_equal(through(caller, "udp", (address("B", 4, PEER), 5060)), 200, "OPTIONS")
        expect_equal(through(caller, "tcp", (address("B", 4, PEER), 5060)), 200, "OPTIONS by TCP")
        own = sorted(p for p in lab.proxy.pids() if command_name(p) == "kamailio")
        with t.check("its members: adopted by fd and process, or only for connections"):
            told = members(ask.json(str(main)))
            expect_equal(len(told), 12, "members")
            expect_equal(told[out_by]["socket"], "adopted", "socket of %s" % (out_by,))
            socket = told[out_by]["sockets"][0]
            link = os.readlink("/proc/%d/fd/%d" % (socket["pid"], socket["fd"]))
            expect(socket["pid"] in own and link.startswith("socket:"), "%s is %s" % (socket, link))
        with t.check("its counts are what went"):
            whole = ask.json(str(main))
            told = members(whole)
            expect_equal(told[out_by]["counts"]["requests"], REQUESTS, "requests by %s" % (out_by,))
            by_tcp = told["external", bonds.member_text("B", 4, "tcp")]["counts"]
            expect_equal((by_tcp["requests"], by_tcp["connections"]), (1, 1), "by TCP")
            route = [r for r in whole["routes"] if r["name"] == "to-b"][0]
            expect_equal((route["counts"]["requests"], route["counts"]["connections"]), (REQUESTS, 1), "by the route")
            expect_equal(whole["counts"]["requests"] - sum(m["counts"]["requests"] for m in told.values()),
                         whole["unassigned"]["requests"], "requests by no member")
            expect(told[out_by]["counts"]["bytes"] > 200 * REQUESTS, "bytes: %s" % told[out_by])
            counts = told[out_by]["counts"]
            # it asks for the member's name beforehand, or has its own replaced
            expect_equal(counts["probes"] + counts["edited"], REQUESTS, "probes and edits of %s" % counts)
            expect_equal(counts["came_responses"], REQUESTS, "responses of %s" % counts)
        with t.check("metrics: promtool finds nothing, and they are the same numbers"):
            code, out, err = ask.status("--prometheus", str(main))
            expect_equal((code, err), (0, ""), "status and standard error")
            done = subprocess.run(["promtool", "check", "metrics"], input=out, text=True, check=False,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            expect_equal((done.returncode, done.stdout), (0, ""), "promtool")
            name = 'libbond_member_requests_total{bond="%s",member="%s"}' % out_by
            expect_equal(metrics(out).get(name), REQUESTS, name)
            all_hosts = metrics(ask.status("--prometheus")[1])
            expect_equal(all_hosts.get('%s,program="kamailio",pid="%d"}' % (name[:-1], main)), REQUESTS, name)
        host.stop()


def counted(lab, name):
    """({message: how often}, of those that came, and so of those that were sent) by the called sipp's own
    words; how often some came, or were sent, again."""
    files = glob.glob(lab.path("called-%s_*_counts.csv" % name))
    expect_equal(len(files), 1, "files of the counts of %s" % name)
    with open(files[0]) as f:
        last = list(csv.DictReader(f, delimiter=";"))[-1]
    steps = {}
    for key, value in last.items():
        step, _, column = (key or "").rpartition("_")
        if step[:1].isdigit() and column in ("Recv", "Sent", "Retrans"):
            steps.setdefault(step, {})[column] = int(value)
    came, sent, again = {}, {}, {}
    for step, n in steps.items():
        what = step.partition("_")[2]
        to = came if "Recv" in n else sent
        to[what] = to.get(what, 0) + n.get("Recv", n.get("Sent", 0)) + n.get("Retrans", 0)
        again[what] = again.get(what, 0) + n.get("Retrans", 0)
    return came, sent, again


@group(seconds=60)
def status_counts_of_sipp(t):
    """What three sipps say that they got, INVITEs that came again, CANCELs and failures among it, is what
    left by the member and the route."""
    with Lab() as lab:
        ask = Status(lab)
        host = Kamailio(lab, "kamailio", daemon=True, user="kamailio", ini=lab.write("bond.ini", bonds.both()),
                        mhomed=0)
        host.child.wait(10)
        loads = [Load(lab, "slow", source("uac.xml"), SLOW, 5070, CALLS, 20, "-trace_counts"),
                 Load(lab, "busy", BUSY, scenarios.CALLED_BUSY, 5080, CALLS, 20, "-trace_counts"),
                 Load(lab, "cancelled", CANCELLED, scenarios.CALLED_CANCELLED, 5090, CALLS, 20, "-trace_counts")]
        for load in loads:
            trouble = load.trouble()
            expect(trouble is None, trouble)
        whole = ask.json(str(host.main_pid()))
        member = members(whole)["external", bonds.member_text("B", 4, "udp")]["counts"]
        route = [r for r in whole["routes"] if r["name"] == "to-b"][0]["counts"]
        got = [counted(lab, name) for name in ("slow", "busy", "cancelled")]
        came, sent = (sum(n for counts in got for n in counts[i].values()) for i in (0, 1))
        with t.check("INVITEs came again"):
            expect(got[0][2]["INVITE"] >= CALLS / 2, got)
        with t.check("requests, by member and by route, are what the called parties got"):
            expect_equal((member["requests"], route["requests"]), (came, came), "requests of %s" % got)
        with t.check("each had the host's name replaced"):
            expect_equal(member["edited"], came, "of %s" % member)
        with t.check("responses are what they sent"):
            expect_equal(member["came_responses"], sent, "responses of %s" % got)
        host.stop()
