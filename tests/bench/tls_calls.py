#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Both ends of calls over TLS through a proxy in the same network: for each line read it makes so many, one
after another, and prints what they lacked, or "done".
	tls_calls.py PROXY COUNT CERTIFICATE KEY"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "scripts"))
sys.dont_write_bytecode = True

from lab.ua import UA

CALLED = "127.0.0.9", 5090  # tests/bench/kamailio.cfg


def agent(host, port, user, tls):
    return UA(host, port, user, transports=("tls",), tls=tls)


def call(caller, called, proxy):
    here = caller.invite("sip:called@%s:%d;transport=tls" % (called.host, called.tls_port),
                         route=["sip:%s;transport=tls;lr" % proxy])
    there = called.expect_call()
    there.answer()
    here.wait_answer()
    there.wait_ack()
    here.bye()


def main():
    proxy, count, *tls = sys.argv[1:]
    caller, called = agent("127.0.0.8", 5080, "caller", tls), agent(*CALLED, "called", tls)
    for _ in sys.stdin:
        try:
            for _ in range(int(count)):
                call(caller, called, proxy)
            problems = caller.problems + called.problems
        except (AssertionError, OSError) as e:
            problems = [str(e)]
        print("; ".join(problems) or "done", flush=True)
        for end in caller, called:  # what was is not searched again
            del end.records[:]
            for known in end.clients, end.servers, end.calls:
                known.clear()
    caller.close()
    called.close()


if __name__ == "__main__":
    main()
