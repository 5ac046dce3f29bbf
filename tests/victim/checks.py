# SPDX-License-Identifier: MIT
"""Checks that are no victim of their own: how the library starts, refuses to, and what it exports.

For "is it steering?" they run the victim steer/udp_same_port, whose one request leaves from
10.0.1.1 if it is steered and from 10.0.2.1 if not."""
import contextlib
import os
import re
import shutil
import subprocess
import sys

import net
import system_calls
import victims

GOOD = """[bond:ext]
member = udp:10.0.1.1:5060
[route:carriers]
to = 198.51.100.0/24
bond = ext
"""
BAD = """[bond:ext]
member = 10.0.1.1:5060
no-membre = fail
[route:carriers]
to = 198.51.100.0/99
bond = extt
"""
NO_DNS = {"RES_OPTIONS": "timeout:1 attempts:1"}  # no server is heard here: soon said
STEERED, NOT_STEERED = "heard on M: peer saw 10.0.1.1:5060", "heard on H: peer saw 10.0.2.1:5060"


class Failed(Exception):
    pass


class Context:
    """What one check works with; its files are its own."""

    def __init__(self, options, host, name):
        self.options, self.host = options, host
        self.dir = os.path.join(options.build, "checks", name)
        shutil.rmtree(self.dir, ignore_errors=True)
        os.makedirs(self.dir)
        self.probe = [os.path.join(options.build, "steer-udp_same_port"), "sendto"]

    def write(self, name, text):
        path = os.path.join(self.dir, name)
        with open(path, "w") as f:
            f.write(text)
        return path

    def restricted(self, how, argv, **env):
        """Only the program itself has the library: see restricted.py."""
        words = [f"{k}={v}" for k, v in {"LD_PRELOAD": self.options.lib, **NO_DNS, **env}.items()]
        runner = os.path.join(self.options.here, "restricted.py")
        return self.host.run([sys.executable, runner, how, "env"] + words + argv, {}, 20)

    def run(self, argv, user=None, preload=None, **env):
        env = {"LD_PRELOAD": preload or self.options.lib, **NO_DNS, **env}
        return self.host.run(argv, env, 200, user=user)


def need(condition, what, out=""):
    if not condition:
        raise Failed(f"{what}; printed: {out.strip()!r}" if out else what)


def steers(c, want, user=None, argv=None, **env):
    code, out = c.run(argv or c.probe, user=user, **env)
    need(code == 0, victims.how_it_ended(code), out)
    need((STEERED if want else NOT_STEERED) in out, "steers" if not want else "does not steer", out)
    return out


def good_file_is_silent(c):
    code, out = c.run(["/bin/true"], BOND_CONFIG=c.write("bond.ini", GOOD))
    need(code == 0 and out == "", f"exit {code}", out)


def missing_file(c):
    code, out = c.run(["/bin/echo", "HOST-RAN"], BOND_CONFIG="/no/such/bond.ini")
    need(code == 78, f"exit {code}, expected 78", out)
    need("/no/such/bond.ini" in out, "the file is not named", out)
    need("HOST-RAN" not in out, "the program was started", out)


def directory_as_file(c):
    code, out = c.run(["/bin/echo", "HOST-RAN"], BOND_CONFIG=c.dir)
    need(code == 78 and "HOST-RAN" not in out and c.dir in out, f"exit {code}", out)


def unreadable_file(c):
    file = c.write("bond.ini", GOOD)
    os.chmod(file, 0)
    code, out = c.run(["/bin/echo", "HOST-RAN"], user=65534, BOND_CONFIG=file)
    need(code == 78 and "HOST-RAN" not in out and file in out, f"exit {code}", out)


def bad_file_lists_all_errors(c):
    code, out = c.run(["/bin/echo", "HOST-RAN"], BOND_CONFIG=c.write("bad.ini", BAD))
    need(code == 78, f"exit {code}, expected 78", out)
    need("HOST-RAN" not in out, "the program was started", out)
    for line in (2, 3, 5, 6):
        need(re.search(rf"bad\.ini:{line}:\d+:", out), f"the error of line {line} is missing", out)
    need("did you mean" in out, "no suggestion", out)


def on_error_exit(c):
    code, out = c.run(["/bin/true"], BOND_CONFIG=c.write("bad.ini", BAD), BOND_ON_ERROR="exit")
    need(code == 78, f"exit {code}, expected 78", out)


def on_error_pass(c):
    out = steers(c, False, BOND_CONFIG=c.write("bad.ini", BAD), BOND_ON_ERROR="pass")
    need("bad.ini:2:" in out, "the errors are not shown", out)
    out = steers(c, False, BOND_CONFIG="/no/such/bond.ini", BOND_ON_ERROR="pass")
    need("/no/such/bond.ini" in out, "the file is not named", out)


def child_of_a_broken_file(c):
    file = c.write("bond.ini", GOOD)
    bad = c.write("bad.ini", BAD)
    script = f"cp {bad} {file}; /bin/echo child; echo code $?; env -u LD_PRELOAD true; exit 3"
    code, out = c.run(["/bin/sh", "-c", script], BOND_CONFIG=file)
    need(code == 3, f"exit {code}, expected the script's 3", out)
    need("child\n" in out and "code 0" in out, "the child did not run", out)
    need("libbond" in out, "the child does not say that it runs without", out)
    code, out = c.run(["/bin/sh", "-c", f"rm {file}; /bin/echo child; exit 3"],
                      BOND_CONFIG=c.write("bond.ini", GOOD))
    need(code == 3 and "child\n" in out, "the child of a removed file did not run", out)


def child_steers_too(c):
    file = c.write("bond.ini", GOOD)
    steers(c, True, argv=["/bin/sh", "-c", " ".join(c.probe)], BOND_CONFIG=file)


def program_filter(c):
    other = c.write("other.ini", "[host]\nprogram = kamailio, asterisk\n" + GOOD)
    mine = c.write("mine.ini", "[host]\nprogram = kamailio, steer-udp_same_port\n" + GOOD)
    out = steers(c, False, BOND_CONFIG=other)
    need("libbond" not in out and "bond" not in out, "is not silent", out)
    steers(c, True, BOND_CONFIG=mine)
    steers(c, True, argv=["/bin/sh", "-c", " ".join(c.probe)], BOND_CONFIG=mine)


def programs_of_a_bad_file(c):
    named = c.write("named.ini", "[host]\nprogram = kamailio, steer-udp_same_port\n" + BAD)
    code, out = c.run(["/bin/echo", "HOST-RAN"], BOND_CONFIG=named)
    need(code == 0 and out == "HOST-RAN\n", f"exit {code}, expected silence", out)
    code, out = c.run(c.probe, BOND_CONFIG=named)
    need(code == 78 and "named.ini" in out, f"exit {code} of a named program, expected 78", out)
    doubt = c.write("doubt.ini", "[host]\nprogram = kamailio\nprogam = echo\n" + GOOD)
    code, out = c.run(["/bin/echo", "HOST-RAN"], BOND_CONFIG=doubt)
    need(code == 78 and "HOST-RAN" not in out, f"exit {code} of a list that is in doubt", out)


def no_configuration_is_silent(c):
    code, out = c.run(["/bin/sh", "-c", "/bin/true; /bin/echo x | cat"])
    need(code == 0 and out == "x\n", f"exit {code}", out)
    steers(c, False)


def default_file(c):
    try:
        with open("/etc/bond.ini", "w") as f:  # private to this worker: see net.py
            f.write(GOOD)
        steers(c, True)
        steers(c, False, BOND_CONFIG=c.write("other.ini", GOOD.replace("198.51", "192.0")))
        with open("/etc/bond.ini", "w") as f:
            f.write(BAD)
        code, out = c.run(["/bin/true"])
        need(code == 78 and "bond.ini:2:" in out, f"exit {code}", out)
    finally:
        os.unlink("/etc/bond.ini")


def secure_execution(c):
    """A setuid program run by another user: the environment is nothing, /etc/bond.ini counts."""
    place = "/run/secure"
    shutil.rmtree(place, ignore_errors=True)
    os.mkdir(place, 0o755)
    program, library = place + "/steer-udp_same_port", place + "/library"
    file = place + "/bond.ini"
    shutil.copy(c.probe[0], program)
    shutil.copy(c.options.lib, library)
    os.chmod(program, 0o4755)
    os.chmod(library, 0o4755)
    with open(file, "w") as f:
        f.write(GOOD)
    # ld.so preloads a name from a system directory only; this one is replaced for this worker.
    net.mount(library, "/usr/lib/os-release", flags=net.MS_BIND)
    trace = os.path.join(place, "trace")
    env = {"BOND_CONFIG": file, "BOND_TRACE": "all", "BOND_TRACE_FILE": trace}
    try:
        code, out = c.run([program, "sendto"], user=65534, preload="os-release", **env)
        need(code == 0 and NOT_STEERED in out, f"BOND_CONFIG was obeyed, exit {code}", out)
        need(not os.path.exists(trace), "BOND_TRACE_FILE was obeyed", out)
        need("sendto(" not in out, "BOND_TRACE was obeyed", out)
        shutil.copy(file, "/etc/bond.ini")
        code, out = c.run([program, "sendto"], user=65534, preload="os-release", **env)
        need(code == 0 and STEERED in out, f"/etc/bond.ini was not read, exit {code}", out)
    finally:
        net.libc.umount2(b"/usr/lib/os-release", 2)
        if os.path.exists("/etc/bond.ini"):
            os.unlink("/etc/bond.ini")


def warnings_do_not_stop(c):
    text = GOOD + "[bond:unused]\nmember = udp:10.0.3.1:5060\n"
    out = steers(c, True, BOND_CONFIG=c.write("bond.ini", text))
    need("unused" not in out, "a warning is printed at start", out)


def loaded_twice(c):
    code, out = c.run(c.probe, preload=f"{c.options.lib} {c.options.lib}",
                      BOND_CONFIG=c.write("bond.ini", GOOD))
    need(code == 0 and STEERED in out, victims.how_it_ended(code), out)


def exported_symbols(c):
    shim = os.path.join(c.options.root, "shim")
    # Of this libc: what its release lacks is left out by the preprocessor.
    words = "\n".join(f"#define {w}(...) {w} __VA_ARGS__" for w in ("CALL", "NEWFD", "STREAM", "WAIT", "TURN", "ALONE"))
    calls = subprocess.run(["gcc", "-E", "-P", "-xc", "-include", "features.h", "-"], check=True, text=True,
                           input=f'{words}\n#include "{shim}/preload/hooks/calls.h"\n', capture_output=True).stdout
    with open(f"{shim}/preload/libbond.h") as f:
        header = re.sub(r"/\*.*?\*/", "", f.read(), flags=re.S)
    listed = set(re.findall(r"\b(?:CALL|WAIT|TURN) [^,]+,\s*(\w+)\s*,", calls))
    listed |= set(re.findall(r"\b(?:NEWFD|STREAM|ALONE) (\w+)\s*,", calls))
    listed |= set(re.findall(r"\b(bond_\w+)\(", header))
    with open(f"{shim}/preload/tls/offer.h") as f:  # what libbond-tls.so calls
        listed |= set(re.findall(r"^const struct bond_tls \*(\w+)\(", f.read(), re.M))
    need(len(listed) > 60, "the list could not be read")
    nm = subprocess.run(["nm", "-D", "--defined-only", c.options.lib], check=True, text=True,
                        capture_output=True).stdout
    found = {line.split()[2].split("@")[0] for line in nm.splitlines() if line.split()[1] != "A"}
    need(found == listed, f"not in the list: {sorted(found - listed)}, "
                          f"not exported: {sorted(listed - found)}")


def needed_libraries(c):
    out = subprocess.run(["readelf", "-d", c.options.lib], check=True, text=True,
                         capture_output=True).stdout
    needed = set(re.findall(r"\(NEEDED\).*\[(.+)\]", out))
    beside = {"libdl.so.2", "libpthread.so.0", "libresolv.so.2", "librt.so.1"} if victims.LIBS else set()
    of_all = {"libc.so.6", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"}
    need(needed <= of_all | beside, f"needs {sorted(needed)}")
    need("TEXTREL" not in out, "has text relocations")


# What is not there now, by every key that may name it.
ABSENT = {
    "an interface": "[bond:ext]\nmember = udp:wg9:5060\n",
    "a VLAN": "[bond:ext]\nmember = tcp:eth9.100\n",
    "an interface without address": "[bond:ext]\nmember = udp:bare9\n",
    "a host name": "[bond:ext]\nmember = tls:nowhere.invalid\n",
    "a device": "[bond:ext]\nmember = udp:10.0.1.1:5060 device vrf9\n",
    "the interface of an address": "[bond:ext]\nmember = udp:[fe80::1%eth9]\n",
    "the interface of a destination": GOOD + "[route:l]\nto = fe80::1%eth9\nbond = ext\n",
    "the interface of a socket": GOOD + "[route:s]\nsocket = udp:eth9:5070\nbond = ext\n",
    "the socket of an alias": GOOD + "[host]\nalias = a.example udp:nowhere.invalid:5060\n",
}


def what_is_absent_is_temporary(c):
    net.ip_batch("link add bare9 type veth peer name bare8")
    try:
        for name, text in ABSENT.items():
            file = c.write("bond.ini", text)
            code, out = c.run(["/bin/echo", "HOST-RAN"], BOND_CONFIG=file)
            need(code == 75 and "HOST-RAN" not in out, f"{name}: exit {code}, expected 75", out)
            need("bond.ini:" in out and "start it again when what is missing is there" in out,
                 f"{name}: no sentence", out)
            code, out = c.run(["/bin/echo", "HOST-RAN"], BOND_CONFIG=file, BOND_ON_ERROR="pass")
            need(code == 0 and "HOST-RAN" in out, f"{name}, BOND_ON_ERROR=pass: exit {code}", out)
            code, out = c.run(["/bin/echo", "HOST-RAN"], BOND_CONFIG=file, BOND_ACTIVE="1")
            need(code == 0 and "HOST-RAN" in out, f"{name}, a host's child: exit {code}", out)
            code, out = c.run(["/bin/echo", "HOST-RAN"],
                              BOND_CONFIG=c.write("both.ini", text + "[weather]\n"))
            need(code == 78 and "HOST-RAN" not in out, f"{name} and a mistake: exit {code}", out)
    finally:
        net.ip_batch("link del bare9")


@contextlib.contextmanager
def interface(c):
    """new9, which has the member's address and no other."""
    net.ip_batch("link add new9 type veth peer name new8\nlink set new9 addrgenmode none up\n"
                 "address del 10.0.1.1/24 dev ma\naddress add 10.0.1.1/24 dev new9")
    try:
        yield
    finally:
        net.ip_batch("link del new9")
        c.host.net.restore()


def what_was_absent_has_come(c):
    file = c.write("bond.ini", "[bond:ext]\nmember = udp:new9:5060\n" + GOOD[GOOD.index("[route"):])
    code, out = c.run(c.probe, BOND_CONFIG=file)
    need(code == 75, f"exit {code}, expected 75", out)
    with interface(c):
        steers(c, True, BOND_CONFIG=file)


def restricted_address_families(c):
    """No netlink: neither numbers, interfaces nor devices need it."""
    with interface(c):
        for how in ("no-netlink", "only-ip"):
            for member in ("10.0.1.1:5060", "new9:5060", "10.0.1.1:5060\nmember = tcp:new9 device new9",
                           "10.0.1.1:5060\nmember = udp:[fe80::9%new9]"):
                file = c.write("bond.ini", GOOD.replace("10.0.1.1:5060", member))
                code, out = c.restricted(how, c.probe, BOND_CONFIG=file)
                need(code == 0 and STEERED in out, f"{member}: {victims.how_it_ended(code)}", out)
                need("libbond" not in out, f"{member}: is not silent", out)
    code, out = c.restricted("no-netlink", ["/bin/echo", "HOST-RAN"],
                             BOND_CONFIG=c.write("bond.ini", GOOD.replace("10.0.1.1", "eth9")))
    need(code == 75 and "eth9" in out and "HOST-RAN" not in out, f"exit {code}", out)


def other_programs_are_let_be(c):
    """What `program` does not name: never ended, and nothing is looked up for it."""
    head = "[host]\nprogram = kamailio\n"
    for name, text in {**ABSENT, "mistakes": BAD, "no bond": ""}.items():
        file = c.write("bond.ini", head + text.replace("[host]\n", ""))
        for env in ({}, {"BOND_TRACE": "select"}, {"BOND_ON_ERROR": "exit"}):
            code, out = c.restricted("no-sockets", ["/bin/echo", "HOST-RAN"], BOND_CONFIG=file, **env)
            need(code == 0 and out == "HOST-RAN\n",
                 f"{name} {env}: {victims.how_it_ended(code)}", out)
    # the last line decides, a million prefixes do not: they would not fit into its memory
    file = c.write("long.ini", "[bond:b]\nmember = udp:10.0.1.1\n[route:r]\nbond = b\n" + "".join(
        f"to = 20.{i >> 16}.{i >> 8 & 255}.{i & 255}\n" for i in range(400000)) + head)
    code, out = c.run(["/bin/sh", "-c", "ulimit -v 65536; unset BOND_ACTIVE; exec /bin/echo HOST-RAN"],
                      BOND_CONFIG=file)
    need(code == 0 and out == "HOST-RAN\n", f"a long file: {victims.how_it_ended(code)}", out)


def empty_file(c):
    for name, text in ("no byte", ""), ("a mark", "\ufeff"), ("blanks", " \n\t\r\n\n"):
        code, out = c.run(["/bin/echo", "HOST-RAN"], BOND_CONFIG=c.write("bond.ini", text))
        need(code == 78 and "this file is empty" in out and "HOST-RAN" not in out,
             f"{name}: exit {code}", out)
    code, out = c.run(["/bin/echo", "HOST-RAN"], BOND_CONFIG="/dev/null")
    need(code == 78 and "this file is empty" in out, f"/dev/null: {victims.how_it_ended(code)}", out)


def pipe_as_file(c):
    """A pipe into which nobody writes is an error, one with a writer a file."""
    pipe = os.path.join(c.dir, "pipe")
    os.mkfifo(pipe)
    code, out = c.run(["/bin/echo", "HOST-RAN"], BOND_CONFIG=pipe)
    need(code == 78 and "into which nobody writes" in out and "HOST-RAN" not in out,
         victims.how_it_ended(code), out)
    tool = os.path.join(c.options.root, "bondctl")
    for words in ["check", pipe], ["list", pipe], ["explain", pipe, "udp:198.51.100.7"]:
        code, out = c.host.run([tool] + words, {}, 20)
        need(code == 1 and "into which nobody writes" in out, victims.how_it_ended(code), out)
    slow = f"(sleep 0.3; cat {c.write('bond.ini', GOOD)}) | {tool} check /dev/stdin"
    code, out = c.host.run(["/bin/sh", "-c", slow], {}, 20)
    need(code == 0 and "1 bond, 1 member, 1 route: ok" in out, victims.how_it_ended(code), out)


def system_calls_are_in_the_manual(c):
    system_calls.check(c, need)


ALL = [good_file_is_silent, missing_file, directory_as_file, unreadable_file,
       bad_file_lists_all_errors, on_error_exit, on_error_pass, child_of_a_broken_file,
       child_steers_too, program_filter, programs_of_a_bad_file, no_configuration_is_silent, default_file, secure_execution,
       what_is_absent_is_temporary, what_was_absent_has_come, restricted_address_families,
       other_programs_are_let_be, empty_file, pipe_as_file,
       warnings_do_not_stop, loaded_twice, exported_symbols, needed_libraries,
       system_calls_are_in_the_manual]


class Check(victims.Steer):
    """Built on the victim that it runs, so that -k builds that too."""

    def __init__(self, options, function):
        path = os.path.join(options.here, "steer", "udp_same_port.c")
        super().__init__(options, victims.File(path), "")
        self.name = "checks/" + function.__name__
        self.function = function
        self.cost = 60 if function is system_calls_are_in_the_manual else 1

    def check(self, host, report):
        if self.options.bare or self.options.traces:
            return
        try:
            self.function(Context(self.options, host, self.function.__name__))
        except Failed as e:
            report.not_ok(self.name, str(e))
        else:
            report.ok(self.name)


def find(options):
    return [Check(options, function) for function in ALL]
