# SPDX-License-Identifier: MIT
"""SIP programs as hosts on the proxy machine: each sends one request and waits for its answer.

Every function returns (whether the program itself says that the answer came, its output). `wrap`
is what goes before the program's own words: nothing, or bondrun's."""

import contextlib
import os
import pty
import re
import signal
import subprocess
import time

from lab.message import format_host, format_hostport
from lab.network import FIRST, address, wait_until

HERE = os.path.dirname(os.path.abspath(__file__))


def sipp(lab, wrap, transport, place, more=(), mode="1"):
    """By default sipp's socket is bound to the wildcard address and port 5060. Mode "n" is one
    socket a call."""
    done = lab.proxy.run(wrap + [
        "sipp", "-sf", os.path.join(HERE, "options.xml"), "-m", "1", "-nostdin", "-nd",
        "-recv_timeout", "3000", "-timeout", "8s", "-timeout_error",
        "-max_socket", "100", "-t",
        transport[0] + mode, format_hostport(*place)] + list(more),
        cwd=lab.dir)
    return done.returncode == 0, done.stdout + done.stderr


def sipsak(lab, wrap, transport, place):
    done = lab.proxy.run(wrap + ["sipsak", "-vv", "-D", "8", "-E", transport, "-s",
                                 "sip:bob@" + format_hostport(*place)], cwd=lab.dir)
    return done.returncode == 0 and "SIP/2.0 200" in done.stdout, done.stdout + done.stderr


def sipsak_tls(lab, wrap, transport, place, more=()):
    """Debian's has TLS by GnuTLS. Of its certificate options one looks at no certificate."""
    done = lab.proxy.run(wrap + ["sipsak", "-vvv", "-D", "8", "-E", transport, "--tls-ignore-cert-failure",
                                 "--tls-ca-cert=" + lab.certificate()[0]] + list(more)
                         + ["-s", "sip:bob@" + format_hostport(*place)], cwd=lab.dir)
    return done.returncode == 0 and "SIP/2.0 200" in done.stdout, done.stdout + done.stderr


def sip_options(lab, wrap, transport, place):
    """Sofia-SIP's example program: a socket for each address, on a port that the kernel chose."""
    bind = []
    if ":" in place[0]:  # by itself it takes IPv4 only
        bind = ["--bind=sip:[%s]:*" % address("B", 6, FIRST)]
    try:
        done = lab.proxy.run(wrap + ["sip-options", "-a"] + bind + [
            "sip:bob@%s;transport=%s" % (format_hostport(*place), transport)],
            timeout=5, cwd=lab.dir)
    except subprocess.TimeoutExpired as e:
        return False, "still waiting: %s" % e
    return done.stdout.startswith("SIP/2.0 200"), done.stdout + done.stderr


def _watch(lab, args, wanted, patience, env=None, words=()):
    """Starts a program on a terminal of its own, types words to it from time to time, and ends it
    when it has printed what the expression says, or after patience seconds."""
    master, slave = pty.openpty()
    child = subprocess.Popen(lab.proxy.command(args), stdin=slave, stdout=slave, stderr=slave,
                             start_new_session=True, cwd=lab.dir,
                             env=dict(os.environ, TERM="dumb", **(env or {})))
    os.close(slave)
    os.set_blocking(master, False)
    said, found, end, typed = "", False, time.monotonic() + patience, 0.0
    try:
        while time.monotonic() < end and not found:
            if words and time.monotonic() - typed > 0.5:
                typed = time.monotonic()
                os.write(master, words)
            try:
                said += os.read(master, 65536).decode(errors="replace")
            except BlockingIOError:
                time.sleep(0.05)
            except OSError:
                break  # the program is gone
            found = re.search(wanted, said) is not None
    finally:
        for sig in (signal.SIGTERM, signal.SIGKILL):
            if child.poll() is None:
                child.send_signal(sig)
                try:
                    child.wait(3)
                except subprocess.TimeoutExpired:
                    pass
        os.close(master)
    return found, said


def baresip(lab, wrap, transport, place, patience=6):
    """Registers; its sockets are bound to a specific address and a port that the kernel chose."""
    folder = lab.path(lab.new_name("baresip"))
    os.makedirs(folder)
    files = {
        "config": "module_path /usr/lib/baresip/modules\nmodule_app account.so\n"
                  "module_app menu.so\n",
        "accounts": "<sip:me@%s;transport=%s>;regint=60\n" % (format_hostport(*place), transport),
        "contacts": "",
    }
    for name, text in files.items():
        with open(os.path.join(folder, name), "w") as f:
            f.write(text)
    family = "-6" if ":" in place[0] else "-4"
    return _watch(lab, wrap + ["baresip", family, "-f", folder], r"200 OK", patience)


@contextlib.contextmanager
def baresip_called(lab, ns, registrar):
    """baresip in a namespace, registered; it answers every call. Gives two functions: its output, and
    let it leave, which ends its calls."""
    folder = lab.path(lab.new_name("baresip"))
    os.makedirs(folder)
    modules = "g711.so", "aubridge.so"
    apps = "account.so", "menu.so"
    files = {
        "config": "module_path /usr/lib/baresip/modules\naudio_player aubridge,a\n"
                  "audio_source aubridge,a\naudio_alert aubridge,a\n"
                  + "".join("module %s\n" % m for m in modules)
                  + "".join("module_app %s\n" % m for m in apps),
        "accounts": "<sip:me@%s>;regint=60;answermode=auto\n" % registrar,
        "contacts": "",
    }
    for name, text in files.items():
        with open(os.path.join(folder, name), "w") as f:
            f.write(text)
    log = lab.new_name("baresip.log")
    child = lab.start(ns, ["baresip", "-4", "-f", folder], log)

    def said():
        return lab.read(log)
    try:
        wait_until(lambda: "200 OK" in said(), 10, "registration of baresip", child, said)
        yield said, lambda: ns.end_processes("baresip")
    finally:
        ns.end_processes("baresip")


def linphonec(lab, wrap, transport, place, patience=10):
    """Registers; its sockets are dual-stack wildcard ones."""
    home = lab.path(lab.new_name("linphone"))
    os.makedirs(home + "/.local/share/linphone")
    with open(home + "/rc", "w") as f:
        f.write("[sip]\nsip_port=5060\nsip_tcp_port=5060\ndefault_proxy=0\n"
                "[proxy_0]\nreg_proxy=<sip:{place};transport={transport}>\n"
                "reg_identity=sip:me@{host}\nreg_expires=60\nreg_sendregister=1\n".format(
                    place=format_hostport(*place), host=format_host(place[0]),
                    transport=transport))
    return _watch(lab, wrap + ["linphonec", "-c", home + "/rc"], r"registered, identity=",
                  patience, env={"HOME": home}, words=b"status register\n")
