# SPDX-License-Identifier: MIT
"""bondctl status counts what went: by member and route, over all processes of a host."""

import os
import subprocess

from check_kamailio import peer_of, through
from check_status import Status, members, metrics
from checks import expect, expect_equal, group
from lab import bonds
from lab.kamailio import Kamailio
from lab.network import PEER, Lab, address, command_name
from lab.ua import UA

REQUESTS = 7


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
