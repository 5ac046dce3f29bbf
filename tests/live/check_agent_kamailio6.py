# SPDX-License-Identifier: MIT
"""Kamailio 6, of Debian trixie and sid, in the roles of check_agent_kamailio.py: with one process of many threads
that reads all UDP sockets, and with a process for each as before. It runs with BOND_LIVE_ALL=1 alone: the first
time it fetches some hundred packages."""

import os

import check_agent_kamailio as roles
from checks import expect, group
from crossing import Crossing
from other_release import bring, fetched
from whole_calls import ALL, seconds

PACKAGES = "kamailio", "kamailio-tls-modules"
# The threads hand on what they read to a group of processes.
THREADS = 'udp_receiver_mode=1\nasync_workers_group="name=udp;workers=2"\n'


def reads_in_threads():
    """That it does so is seen in the threads of the process that has most of them."""
    with Crossing() as lab:
        stage = roles.Stage(lab, roles.Cell(members=2))
        counts = [len(os.listdir("/proc/%d/task" % pid)) for pid in lab.proxy.pids()]
        stage.close()
    expect(max(counts) >= 3, "threads of its processes: %s" % counts)


def kamailio(t, suite):
    root, why = fetched(suite, PACKAGES, "/usr/sbin/kamailio")
    why = why or bring(root)
    if why:
        t.skip("Kamailio of Debian %s" % suite, why)
        return

    roles.Stage.root, roles.Stage.settings = root, THREADS
    with t.check("the UDP sockets are read by threads of one process"):
        reads_in_threads()
    with Crossing() as lab:
        for cell in roles.REGISTRAR_CELLS:
            roles.registrar_checks(t, lab, cell)
    roles.trunk_checks(t, roles.TRUNK_CELLS)
    roles.dispatcher_checks(t, roles.SET_CELLS)
    roles.Stage.settings = ""
    roles.trunk_checks(t, roles.TRUNK_CELLS[:1])
    roles.dispatcher_checks(t, roles.SET_CELLS[:1])


if ALL:
    @group(seconds=seconds(60))
    def agent_kamailio_trixie(t):
        kamailio(t, "trixie")

    @group(seconds=seconds(60))
    def agent_kamailio_sid(t):
        kamailio(t, "sid")
