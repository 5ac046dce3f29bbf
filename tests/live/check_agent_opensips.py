# SPDX-License-Identifier: MIT
"""OpenSIPS, which is not in Debian 12: built from its repository, for `make test-hosts` alone. config/opensips.ini as
it stands but for the addresses of the lab; and what bondctl to-opensips makes of it is understood. (Which socket
OpenSIPS then takes of its bond is its own matter.)

BOND_OPENSIPS names a source tree that is there; else it is cloned into build/opensips."""

import os
import re
import shutil
import subprocess

import from_source
from check_examples import AtSipPort, B2, SIX, A2, inward, listen
from checks import expect, expect_equal, group
from lab import bonds
from lab.message import format_hostport
from lab.network import ROOT, Lab, wait_until
from lab.pair import Pair
from whole_calls import ALL, example

URL = "https://github.com/OpenSIPS/opensips.git"
MODULES = ("tm", "rr", "sl", "signaling", "maxfwd", "sipmsgops")
CONFIG = """log_level=2
stderror_enabled=yes
syslog_enabled=no
udp_workers=2
tcp_workers=2
auto_aliases=no
dns=no
rev_dns=no
{mhomed}
{sockets}
mpath="{modules}/"
loadmodule "proto_udp.so"
loadmodule "proto_tcp.so"
loadmodule "tm.so"
loadmodule "rr.so"
loadmodule "sl.so"
loadmodule "signaling.so"
loadmodule "maxfwd.so"
loadmodule "sipmsgops.so"

route {{
	if (is_method("OPTIONS") && $rU == "here") {{
		send_reply(200, "OK");
		exit;
	}}
	if (is_method("CANCEL")) {{
		if (t_check_trans()) t_relay();
		exit;
	}}
	if (has_totag()) {{
		if (loose_route() || (is_method("ACK") && t_check_trans())) t_relay();
		exit;
	}}
	t_check_trans();
	loose_route();
	if (is_method("INVITE")) record_route();
	{choice}
	if (!t_relay()) send_reply(500, "Not relayed");
}}
"""


def built():
    """(source tree, why there is none)."""
    tree, why = from_source.tree("BOND_OPENSIPS", "opensips", URL)
    if why or all(os.path.exists(os.path.join(tree, "modules", m, m + ".so")) for m in MODULES):
        return tree, why
    if not (shutil.which("bison") and shutil.which("flex")):
        return None, "bison and flex are wanted to build it"
    why = from_source.run(tree, ["make", "-s", "-j2", "app", "modules",
                                 "modules=" + " ".join("modules/" + m for m in MODULES)])
    return tree, why


class OpenSips:
    """Started in the lab's proxy namespace, under bondrun where ini is given."""

    def __init__(self, lab, tree, name, sockets, ini=None, choice="", probe=None, mhomed=True):
        self.lab, self.log, self.trace = lab, name + ".log", name + ".trace"
        modules = lab.path(name + ".modules")
        os.makedirs(modules)
        for m in MODULES:
            os.symlink(os.path.join(tree, "modules", m, m + ".so"), os.path.join(modules, m + ".so"))
        config = lab.write(name + ".cfg", CONFIG.format(sockets=sockets, modules=modules, choice=choice,
                                                        mhomed="mhomed=yes" if mhomed else ""))
        words = [os.path.join(tree, "opensips"), "-F", "-f", config, "-m", "64", "-M", "8", "-w", lab.path("")]
        if ini:
            words = bonds.bondrun(ini, lab.path(self.trace)) + words
        self.child = lab.start(lab.proxy, words, self.log)
        wait_until(lambda: answers(lab, probe), 60, "answer of " + name, self.child, lambda: lab.read(self.log))

    def stop(self):
        self.child.terminate()
        self.child.wait(30)


def answers(lab, host):
    with lab.proxy.socket(2, 2) as s:
        s.settimeout(0.3)
        try:
            s.bind((host, 0))
            me = "%s:%d" % s.getsockname()
            s.sendto(("OPTIONS sip:here@{h} SIP/2.0\r\nVia: SIP/2.0/UDP {me};branch=z9hG4bKup\r\nMax-Forwards: 5\r\n"
                      "From: <sip:t@{me}>;tag=1\r\nTo: <sip:here@{h}>\r\nCall-ID: up\r\nCSeq: 1 OPTIONS\r\n"
                      "Content-Length: 0\r\n\r\n").format(h=host, me=me).encode(), (host, 5060))
            return s.recv(4096).startswith(b"SIP/2.0 200")
        except OSError:
            return False


def outward(t, lab, what, transport, log):
    """A whole call of A to B, of which each request of B's came from the member."""
    with (AtSipPort if transport == "tcp" else Pair)(lab, "A", 4, "B", 4) as pair, \
            t.check("%s: A to B by %s" % (what, transport), lambda: pair.transcript() + log()):
        call, far = pair.connect(transport)
        far.bye()
        call.wait_bye()
        expect_equal({s[0] for s in pair.sources(pair.bob)}, {B2}, "source")
        pair.no_problems()


def agent_opensips(t):
    tree, why = built()
    if why:
        return t.skip("OpenSIPS", why)
    text = example("opensips.ini", {"198.51.100.10": B2, "2001:db8:a::10": SIX, "10.30.0.10": A2,
                                    "10.30.0.0/16": "10.10.0.0/24"})
    with Lab() as lab:
        ini = lab.write("opensips.ini", text)
        own = listen("udp:%s:5060" % B2, "tcp:%s:5060" % B2, "udp:%s:5060" % A2, "udp:%s:5070" % A2).replace("listen=", "socket=")
        probe = own.partition(":")[2].partition(":")[0]
        for mhomed in (True, False):
            name = "mhomed-%s" % mhomed
            host = OpenSips(lab, tree, name, own, ini=ini, probe=probe, mhomed=mhomed,
                            choice='if ($rU == "script") $socket_out = "udp:%s:5070";' % A2)
            log = lambda: lab.read(host.log)[-3000:] + lab.read(host.trace)[-6000:]
            for transport in ("udp", "tcp"):
                outward(t, lab, "config/opensips.ini, mhomed=%d" % mhomed, transport, log)
            inward(t, lab, "config/opensips.ini, mhomed=%d" % mhomed, (A2, 5060))
            with Pair(lab, "A", 4, "B", 4) as pair, t.check("mhomed=%d: the script's handle socket" % mhomed, log):
                pair.alice.invite("sip:script@%s" % format_hostport(pair.bob.host, pair.bob.port_of("udp")),
                                  route=["sip:%s;lr" % pair.proxy])
                pair.bob.expect_call()
                expect_equal(pair.sources(pair.bob), {(B2, 5060)}, "source")
            host.stop()
        made = lab.proxy.run([os.path.join(ROOT, "bondctl"), "to-opensips", ini]).stdout
        version = subprocess.run([os.path.join(tree, "opensips"), "-V"], capture_output=True, text=True).stdout
        if "version: opensips 3" in version:
            return t.skip("to-opensips", "this OpenSIPS has no bonds: " + version.splitlines()[0])
        with t.check("to-opensips: this OpenSIPS takes its sockets and bonds"):
            # its module for TLS is not built
            lines = [re.sub(r', "tls:[^"]*"', "", l) for l in made.splitlines() if not l.startswith("socket=tls:")]
            expect(any(l.startswith("socket=bond:external {") for l in lines), made)
            host = OpenSips(lab, tree, "native", "\n".join(own.splitlines()[:4] + lines), probe=probe,
                            choice='$socket_out = "bond:external";')
            host.stop()
            said = lab.read(host.log)
            expect("bond" not in said.lower().replace("bond%d" % os.getpid(), ""), said)
    return None


if ALL:
    group(seconds=900)(agent_opensips)
