# SPDX-License-Identifier: MIT
"""The packaged Kamailio as the host under test: a stateful proxy that record-routes, sends where
the R-URI says (so the caller chooses the destination), and fails over along DNS."""

import os
import shutil
import socket

from .bonds import bondrun
from .message import format_hostport
from .network import FIRST, SECOND, THIRD, address, wait_until

PROGRAM, LIBRARIES = "/usr/sbin/kamailio", "/usr/lib/x86_64-linux-gnu"
CONFIG = """#!KAMAILIO
debug=2
log_stderror={stderr}
fork=yes
children=2
tcp_children=2
auto_aliases=no
dns=no
rev_dns=no
mhomed={mhomed}
use_dns_cache=on
use_dns_failover=on
dns_srv_lb=off
dns_try_ipv6=on
dns_try_naptr=on
dns_naptr_ignore_rfc=no
dns_cache_negative_ttl=1
tcp_connect_timeout=3
tcp_connection_lifetime=60
enable_tls=yes
user_agent_header="User-Agent: kamailio"
server_signature=no
{listeners}
{path}
loadmodule "pv.so"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "maxfwd.so"
loadmodule "siputils.so"
loadmodule "textops.so"
loadmodule "xlog.so"
loadmodule "tls.so"
{modules}
modparam("tls", "config", "{tls}")
modparam("tm", "fr_timer", 5000)
modparam("tm", "failure_exec_mode", 1)
modparam("rr", "enable_double_rr", 1)
{parameters}

request_route {{
{watch}{before}	if (!mf_process_maxfwd_header("10")) {{
		sl_send_reply("483", "Too Many Hops");
		exit;
	}}
	if (is_method("CANCEL")) {{
		if ({known})
			{send}();
		exit;
	}}
	if (has_totag()) {{
		if (loose_route() || (is_method("ACK") && t_check_trans())) {{
			route(SEND);
			exit;
		}}
		if (!is_method("ACK"))
			sl_send_reply("404", "Not here");
		exit;
	}}
	t_check_trans();
{register}	if ($rU == "here" || is_method("REGISTER")) {{
		sl_send_reply("200", "OK");
		exit;
	}}
	# The caller's preloaded Route names this proxy.
	remove_hf("Route");
	$du = $null;
{script}
	if (is_method("INVITE|SUBSCRIBE"))
		record_route();
	route(SEND);
}}

route[SEND] {{
{relay}	if (!{send}())
		sl_reply_error();
}}

onreply_route {{
{watch}{before}	return;
}}
{events}
"""

# Logs each message as the script is shown it.
WATCH = """	xlog("L_WARN", "SEEN [$mb]\\n");
"""

TLS_CONFIG = """[server:default]
method = TLSv1.2+
verify_certificate = no
require_certificate = no
private_key = {key}
certificate = {cert}

[client:default]
method = TLSv1.2+
verify_certificate = no
require_certificate = no
"""


def listeners():
    """[(transport, address, port)]: all three on the first address of each side and family, and
    the members: udp and tcp on the second, tls on the third."""
    out = []
    for side in "AB":
        for family in (4, 6):
            first = address(side, family, FIRST)
            out += [("udp", first, 5060), ("tcp", first, 5060), ("tls", first, 5061)]
            second = address(side, family, SECOND)
            out += [("udp", second, 5060), ("tcp", second, 5060)]
            out.append(("tls", address(side, family, THIRD), 5061))
    return out


class Kamailio:
    """Started in the lab's proxy namespace, bare or (ini given) under bondrun. listen: its lines
    listen=, where they are not those of listeners(). wrap: words between bondrun's and its own; inside:
    words before bondrun's, of another root that has both. before, relay: what it does with each message that arrives, and with each request before it goes on."""

    def __init__(self, lab, name="kamailio", ini=None, mhomed=1, modules="", parameters="",
                 daemon=False, user=None, pid_1=False, chroot=False, script="", register="",
                 watch=False, stateless=False, probe=None, listen=None,
                 wrap=(), events="", root="", before="", relay="", inside=()):
        self.lab, self.name = lab, name
        self.log, self.trace = name + ".log", name + ".trace"
        cert, key = lab.certificate()
        tls = lab.write(name + ".tls.cfg", TLS_CONFIG.format(cert=cert, key=key))
        sockets = listeners()
        listen = listen or "\n".join("listen=%s:%s" % (t, format_hostport(h, p))
                                     for t, h, p in sockets)
        libraries = root + LIBRARIES
        config = lab.write(name + ".cfg", CONFIG.format(
            path='mpath="%s/kamailio/modules/"' % libraries if root else "",
            stderr="no" if daemon else "yes", mhomed=mhomed, listeners=listen, tls=tls,
            modules=modules, parameters=parameters, script=script, register=register, events=events,
            before=before, relay=relay,
            watch=WATCH if watch else "", send="forward" if stateless else "t_relay",
            known='is_method("CANCEL")' if stateless else "t_check_trans()"))
        run_dir = lab.path(name + ".run")
        os.makedirs(run_dir, exist_ok=True)
        self.pid_file = os.path.join(run_dir, "pid")
        args = ["env", "LD_LIBRARY_PATH=" + libraries, root + PROGRAM] if root else [
            PROGRAM if inside else shutil.which("kamailio") or PROGRAM]
        args += ["-f", config, "-m", "64", "-M", "8"]
        if chroot:  # only a daemon goes there; what it still reads is there by the same name
            args += ["-t", run_dir, "-Y", "/", "-P", "/pid"]
            for path in ("/etc/passwd", tls, cert, key):
                os.makedirs(run_dir + os.path.dirname(path), exist_ok=True)
                shutil.copy(path, run_dir + path)
        else:
            args += ["-Y", run_dir, "-P", self.pid_file]
        args += [] if daemon else ["-DD", "-E"]
        if user:
            args += ["-u", user, "-g", user]
            shutil.chown(run_dir, user, user)
        if ini:
            args = bondrun(ini, lab.path(self.trace)) + list(wrap) + args
        if pid_1:
            args = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"] + args
        self.child = lab.start(lab.proxy, list(inside) + args, self.log)
        probe = probe or sockets[0][1]
        wait_until(lambda: self._answers(probe), 20, "answer of " + name,
                   None if daemon else self.child, lambda: lab.read(self.log))

    def _answers(self, host):
        """OPTIONS from the host's own address: all processes are up."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with self.lab.proxy.socket(family, socket.SOCK_DGRAM) as s:
            s.settimeout(0.3)
            try:
                s.bind((host, 0))
                s.connect((host, 5060))
                me = format_hostport(host, s.getsockname()[1])
                s.send(("OPTIONS sip:here@{h} SIP/2.0\r\nVia: SIP/2.0/UDP {me};branch=z9hG4bKup\r\n"
                        "Max-Forwards: 5\r\nFrom: <sip:t@{me}>;tag=1\r\nTo: <sip:here@{h}>\r\n"
                        "Call-ID: up\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n").format(
                            h=format_hostport(host), me=me).encode())
                return s.recv(4096).startswith(b"SIP/2.0 200")
            except OSError:
                return False

    def main_pid(self):
        with open(self.pid_file) as f:
            return int(f.read())

    def trace_lines(self):
        return self.lab.read(self.trace).splitlines()

    def messages(self):
        """What the script was shown, with watch: texts, in the order of the log."""
        text = self.lab.read(self.log).replace("\r", "")
        return [part.partition("]\n")[0] for part in text.split("SEEN [")[1:]]

    def stop(self):
        self.lab.proxy.end_processes("kamailio")
        self.child.wait(5)
