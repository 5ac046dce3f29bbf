# SPDX-License-Identifier: MIT
"""Which system calls the library adds to those of a program, by strace: what a program makes under
it and not without it. The manual lists them for those who write a seccomp filter; what is found
shall be in that list, at the time that it says."""
import os
import re

import victims

# Programs that between them use every part of the library, with one of their cases.
PROGRAMS = ("udp_same_port sendto", "udp_same_port sendmmsg", "udp_wildcard", "udp_other_port",
            "probe", "tcp_connect", "tcp_source_port", "tcp_cannot_move_fail", "tcp_epoll",
            "tcp_options", "floating_connected", "floating_unconnected", "floating_epoll",
            "stream_send", "stream_listeners", "stream_other", "stream_forged",
            "stream_accepted", "in_mark", "in_response", "out_request", "unknown_403",
            "unknown_drop", "script_header", "member_gone", "bond_use", "unseen_sockets",
            "exec_inherited", "passed_sockets", "workers", "keeper", "keeper_bare rights",
            "vfork_in_fork",
            "signal_handler", "interface_member", "many_listeners last")
MARK = "dup(-4711)"
GROUPS = ("start", "calls", "thread", "trace")


def listed(manual):
    """{group: names} of the manual's table."""
    found, group = {}, None
    with open(manual) as f:
        section = f.read().split(".Sh SYSTEM CALLS\n", 1)[1].split("\n.Sh ", 1)[0]
    for line in section.splitlines():
        item = re.match(r"\.It Em (\w+)", line)
        if item:
            group = found.setdefault(item[1], set())
        elif group is not None:
            group.update(re.findall(r"^\.Xr (\w+) 2", line))
    return found


def made(text):
    """{"start", "calls", "thread": names} of what strace wrote."""
    found, running = {"start": set(), "calls": set(), "thread": set()}, {}
    for line in text.splitlines():
        again = re.match(r"(\d+)(?:<[^>]*>)? +<\.\.\. execve resumed>.* = 0$", line)
        if again:
            running[again[1]] = False
        call = re.match(r"(\d+)(?:<([^>]*)>)? +(\w+)\(", line)
        if not call:
            continue
        pid, comm, name = call[1], call[2], call[3]
        if MARK in line:
            running[pid] = True
        elif comm == "libbond":
            found["thread"].add(name)
        else:
            # who was forked is beyond the start
            found["calls" if running.setdefault(pid, bool(running)) else "start"].add(name)
        if name == "execve" and line.rstrip().endswith("= 0"):
            running[pid] = False
    return found


def traced(c, words, env):
    out = os.path.join(c.dir, "strace")
    settings = [w for k, v in env.items() for w in ("-E", f"{k}={v}")]
    c.host.run(["strace", "-f", "-qq", "--decode-pids=comm", "-o", out, *settings, *words], {}, 300)
    with open(out, errors="replace") as f:
        return made(f.read())


def build(c, name):
    """The program with the mark in it, and its victim."""
    file = victims.File(os.path.join(c.options.here, "steer", name + ".c"))
    victim = victims.Steer(c.options, file, "")
    for library in file.words("link") + file.words("build"):
        victims.compile_one(c.options, f"{c.options.build}/{library}.so",
                            f"{c.options.here}/lib/{library}.c", ["-shared", "-fPIC"])
    victim.program = os.path.join(c.dir, name)
    flags = (file.words("cc") or ["-O1"]) + [f"-Wl,-rpath,{c.options.build}"]
    flags += [f"{c.options.build}/{library}.so" for library in file.words("link")]
    flags += [f"{c.options.here}/lib/main_begins.c"]
    error = victims.compile_one(c.options, victim.program, file.path, flags)
    return victim, error


def difference(c, program):
    """{group: names} that the library adds; or a sentence that says why it is not known."""
    name, _, case = program.partition(" ")
    victim, error = build(c, name)
    if error:
        return error
    case = case or (victim.file.cases or [""])[0]
    words = victim.argv([case] if case else [])
    ini = os.path.join(c.options.here, "steer", "default.ini")
    if victim.file.ini_of(case) is not None:
        ini = c.write(name + ".ini", victim.file.ini_of(case))
    c.host.peer.take()
    bare = traced(c, words, victim.preload(False))
    c.host.peer.take()
    env = {**victim.preload(True), "BOND_CONFIG": ini}
    with_it = traced(c, words, env)
    c.host.peer.take()
    added = {group: with_it[group] - bare[group] for group in bare}
    added["trace"] = traced(c, words, {**env, "BOND_TRACE": "all", "BOND_TRACE_FILE": "/dev/null"})
    c.host.peer.take()
    if victim.file.get("dirty"):
        c.host.net.restore()
    added["trace"] = (added["trace"]["calls"] | added["trace"]["start"]) - bare["calls"] - bare["start"]
    added["trace"] -= with_it["calls"] | with_it["start"]
    return added


def check(c, need):
    manual = listed(os.path.join(c.options.root, "shim", "libbond.8"))
    need(set(manual) == set(GROUPS), f"the manual's groups are {sorted(manual)}")
    seen = {group: set() for group in GROUPS}
    for program in PROGRAMS:
        added = difference(c, program)
        need(isinstance(added, dict), f"{program}: {added}")
        for group, names in added.items():
            seen[group] |= names
            more = names - manual[group]
            if group == "trace":  # what starts the thread may have come too late in the run without
                more -= manual["calls"]
            need(not more, f"{program}: {', '.join(sorted(more))} ({group}) is not in the manual")
    for group in GROUPS:
        need(seen[group], f"no system call was seen of: {group}")
