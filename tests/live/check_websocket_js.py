# SPDX-License-Identifier: MIT
"""SIP.js, a browser's user agent on node, at the WebSocket members of a Kamailio, and a strict peer that it calls
and is called by. Its Contact is a name that nobody resolves (RFC 7118 5): the proxy writes its own alias there."""

import os
import re
import shutil
import subprocess

from check_websocket import Row
from checks import expect, expect_equal, group
from lab.message import format_hostport
from lab.network import PEER, ROOT, SECOND, Lab, address, wait_until
from lab.ua import UA
from scripted import AGENTS

FOLDER = os.path.join(ROOT, "build", "npm-ws")
PACKAGES = ("sip.js@0.21.2", "ws@8.18.0")
MODULES = "".join('loadmodule "%s.so"\n' % m for m in ("usrloc", "registrar", "nathelper"))
MODULES += 'modparam("nathelper|registrar", "received_avp", "$avp(RECEIVED)")\ntcp_rd_buf_size=65535\n'
MODULES += "children=1\n"  # two of them may turn round what comes one behind the other
BEFORE = """	if (proto == WS || proto == WSS)
		add_contact_alias();
"""
RELAY = "\tif ($du == $null)\n\t\thandle_ruri_alias();\n"
REGISTER = """	if (is_method("REGISTER")) {
		fix_nated_register();
		save("location");
		exit;
	}
"""
SCRIPT = """	if ($rU == "js")
		lookup("location");
"""
TIME = 30


def install():
    """Why the packages cannot be had, or None."""
    if all(os.path.isdir(os.path.join(FOLDER, "node_modules", p.split("@")[0])) for p in PACKAGES):
        return None
    if not shutil.which("npm"):
        return "there is no npm"
    os.makedirs(FOLDER, exist_ok=True)
    done = subprocess.run(["npm", "install", "--no-save", "--prefix", FOLDER, *PACKAGES],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        return "npm cannot install SIP.js: " + (done.stderr.strip().splitlines() or ["?"])[-1]
    return None


class Browser:
    def __init__(self, lab, row, lines=0):
        self.lab, self.log = lab, lab.new_name("sip.js")
        where = format_hostport(*row.member)
        self.child = lab.start(lab.peer["A"], [
            "env", "LINES=%d" % lines, "node", os.path.join(AGENTS, "sip_js.mjs"), FOLDER,
            "%s://%s/" % (row.transport, where), "sip:js@" + where], self.log, stdin=subprocess.PIPE)
        lab.closing(self.child.stdin.close)
        self.wait("ready")

    def said(self):
        return self.lab.read(self.log)

    def wait(self, words, start=0):
        wait_until(lambda: re.search(words, self.said()[start:]), TIME, words, self.child, self.said)

    def tell(self, words, then=None):
        start = len(self.said())
        self.child.stdin.write((words + "\n").encode())
        self.child.stdin.flush()
        self.wait("done " + re.escape(words), start)
        if then:
            self.wait(then, start)

    def stop(self):
        self.child.terminate()
        self.child.wait()


class Calls:
    def __init__(self, lab, row, browser):
        self.row, self.browser = row, browser
        self.bob = UA(address("B", row.family, PEER), user="bob", make_socket=lab.peer["B"].socket)
        self.to_bob = "sip:bob@%s" % format_hostport(self.bob.host)
        # Its own name leads a request to the proxy, as a user's domain does.
        self.member = address("B", row.family, SECOND)
        self.to_js = "sip:js@%s" % format_hostport(self.member)

    def called(self):
        self.browser.tell("mode answer")
        start = len(self.browser.said())
        call = self.bob.invite(self.to_js)
        call.wait_answer()
        self.browser.wait("acknowledged", start)  # else it says 500 (RFC 3261 14.2)
        start = len(self.browser.said())
        expect_equal(call.reinvite().wait().status, 200, "the answer to re-INVITE")
        self.browser.wait("acknowledged", start)
        return call

    def calls(self):
        self.browser.tell("call " + self.to_bob)
        call = self.bob.expect_call()
        call.ring()
        call.answer()
        call.wait_ack()
        return call

    def called_bye_by_peer(self):
        self.called().bye()

    def called_bye_by_js(self):
        call = self.called()
        self.browser.tell("hang-up")
        call.wait_bye()

    def calls_bye_by_peer(self):
        call = self.calls()
        acks = len(call.ack_records)
        self.browser.tell("reinvite", "renewed 200")
        self.bob.wait(lambda: len(call.ack_records) > acks, 10, "ACK to re-INVITE")
        call.bye()

    def calls_bye_by_js(self):
        call = self.calls()
        self.browser.tell("hang-up")
        call.wait_bye()

    def cancelled_by_peer(self):
        self.browser.tell("mode ring")
        call = self.bob.invite(self.to_js)
        call.wait_response(180)
        expect_equal(call.cancel().wait().status, 200, "the answer to CANCEL")
        expect_equal(call.client.wait().status, 487, "the answer to INVITE")

    def cancelled_by_js(self):
        self.browser.tell("call " + self.to_bob)
        call = self.bob.expect_call()
        call.ring()
        self.browser.tell("cancel", "session Terminated")
        expect(call.cancelled, "no CANCEL came")

    def busy_js(self):
        self.browser.tell("mode busy")
        call = self.bob.invite(self.to_js)
        expect_equal(call.client.wait().status, 486, "the answer to INVITE")

    def busy_peer(self):
        self.browser.tell("call " + self.to_bob)
        call = self.bob.expect_call()
        call.reject(486)
        self.browser.wait("rejected 486")
        call.wait_ack()

    def steps(self):
        return (("is called, re-INVITE and BYE by the peer", self.called_bye_by_peer),
                ("is called, and hangs up", self.called_bye_by_js),
                ("calls, re-INVITE of its own, BYE by the peer", self.calls_bye_by_peer),
                ("calls, and hangs up", self.calls_bye_by_js),
                ("CANCEL by the peer", self.cancelled_by_peer), ("CANCEL", self.cancelled_by_js),
                ("answers 486", self.busy_js), ("its call gets 486", self.busy_peer))


def clean(calls):
    bob = calls.bob
    expect_equal(bob.problems + bob.errors, [], "what the peer found")
    for record in bob.records:
        if record.direction == "in":
            expect_equal(record.source[0], calls.member, "source")
            if record.message.method:
                expect_equal(record.message.via.sent_by, (calls.member, 5060), "Via")


def check_browser(t, lab, row, lines):
    host = row.start(lab, more=MODULES, register=REGISTER, lookup=SCRIPT, before=BEFORE, relay=RELAY)
    browser = Browser(lab, row, lines)
    calls = Calls(lab, row, browser)
    show = lambda: "%s\n%s\n%s\n%s" % (calls.bob.transcript(), browser.said(), "\n".join(
        x for x in lab.read(host.log).splitlines() if "INFO" not in x)[-3000:], lab.read(host.trace)[-6000:])
    with t.check("%s: registers" % row, show):
        browser.tell("register", "registered 200")
    for name, step in calls.steps():
        with t.check("%s: %s" % (row, name), show):
            step()
            clean(calls)
    calls.bob.close()
    browser.stop()
    host.stop()


@group(seconds=120)
def ws_sip_js(t):
    why = install()
    if why:
        t.skip("SIP.js", why)
        return
    with Lab() as lab:
        for row, lines in ((Row("ws", 4, False), 0), (Row("wss", 4, True), 40), (Row("wss", 6, False), 600)):
            check_browser(t, lab, row, lines)
