# SPDX-License-Identifier: MIT
"""The victims in plain/ and steer/: what their files say of themselves, building, comparing.

A file may have these comments, each begun at the start of a line:
  /*victim   key: value lines: opened (plain: also where its sockets hear opened members, by these ways), cc (flags; of a lib/NAME.c, too), link and build (lib/NAME.c), preload
             (libraries around @, which is libbond, and @tls, which is libbond-tls), args, case (a name that is passed as the argument; repeatable),
             seconds (that it usually takes, 20), valgrind, dirty (it changes addresses), unsteered
             (passes bare as well),
             modes (of idle, routes, traced; left out where the trace is seen by its nature),
             says (steer: a pattern that a line of the trace has)
  /*ini      steer: the configuration, if it is not steer/default.ini; "/*ini CASE" for one case
  /*expect   steer: the exact output, the peer's lines in any order; $CASE is the case's name;
             "/*expect CASE" for one case"""
import difflib
import fnmatch
import itertools
import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from platform import libc_ver

def parts(version):
    """The numbers of "2.36"; none, and so older than any, of what is none."""
    return [int(n) for n in version.split(".") if n.isdigit()]


CC = [os.environ.get("CC", "cc"), "-D_GNU_SOURCE", "-std=gnu11", "-g", "-Wall", "-Wextra",
      "-Wno-unused-function", "-Wno-unused-result", "-Wno-nonnull", "-Wno-stringop-overread",
      "-Wno-stringop-overflow", "-Wno-missing-field-initializers"]
# For what reads the file that a host shares with bondctl.
SHARED = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "shim")
CC += ["-iquote", SHARED, "-iquote", os.path.dirname(SHARED)]
# What lies beside an older libc, where it is used.
LIBS = ["-Wl,--as-needed", "-pthread", "-ldl", "-lrt", "-lresolv"] if parts(libc_ver()[1]) < [2, 34] else []
# What takes this many times as long as usual hangs, and under valgrind.
SLOW, SLOWER = 10, 300
VALGRIND = ["valgrind", "-q", "--error-exitcode=99", "--log-fd=2"]
# Seconds in which a bare run that waits for ever has not been the steered one.
BARE_SECONDS = 5
# Without its domains, as the traced mode has it, libbond's thread is a bare one.
IDLE_INI = """[bond:side]
member = udp:10.0.1.1:5060
member = tcp:10.0.1.1:5060
member = tls:10.0.1.1:5061
member = udp:[fd00:1::1]:5060
member = tcp:[fd00:1::1]:5060
member = udp:127.0.0.1:7001
member = tcp:127.0.0.1:7006
[route:elsewhere]
to = 192.0.2.77, 2001:db8:77::/48, gateway.example.net, *.example.org
bond = side
[route:by-socket]
socket = udp:10.0.1.1:5099
bond = side
"""
OPENED_INI = "[host]\nheaders = keep\n[bond:side]\n" + "".join(
    f"member = {transport}:{host}:{port} open=WAY\n" for transport in ("udp", "tcp")
    for host in ("10.0.1.1", "127.0.0.2", "[fd00:1::1]") for port in range(7001, 7012))


class File:
    """A victim's source and the comments in it."""

    def __init__(self, path):
        self.path = path
        self.name = os.path.splitext(os.path.basename(path))[0]
        self.keys, self.cases, self.expect, self.inis = {}, [], {}, {}
        with open(path) as f:
            source = f.read()
        for kind, word, body in re.findall(r"^/\*(victim|ini|expect)[ \t]*(.*)\n((?:.*\n)*?)\*/",
                                           source, re.M):
            if kind == "victim":
                for line in body.splitlines():
                    key, _, value = line.partition(":")
                    if key == "case":
                        self.cases += value.split()
                    else:
                        self.keys[key] = value.strip()
            elif kind == "ini":
                self.inis[word] = body
            else:
                self.expect[word] = body

    def get(self, key, default=""):
        return self.keys.get(key, default)

    def ini_path(self, options, word):
        return os.path.join(options.build, f"{self.name}{word and '.' + word}.ini")

    def ini_of(self, case):
        """The text of that case's INI, or None where it is steer/default.ini."""
        return self.inis.get(case, self.inis.get(""))

    def words(self, key):
        return self.get(key).split()


def sanitizers():
    """Their libraries, which come before all others."""
    return [subprocess.run(["gcc", "-print-file-name=" + name], capture_output=True, text=True,
                           check=True).stdout.strip() for name in ("libasan.so", "libubsan.so")]


class Victim:
    def __init__(self, options, folder, file):
        self.options, self.file = options, file
        self.name = f"{folder}/{file.name}"
        self.program = os.path.join(options.build, f"{folder}-{file.name}")
        self.cost = float(file.get("seconds", "20"))
        self.timeout = self.cost * (SLOWER if options.valgrind else SLOW)

    def libraries(self):
        return self.file.words("link") + self.file.words("build") + [
            w for w in self.file.words("preload") if not w.startswith("@")]

    def preload(self, with_bond):
        words = self.file.words("preload") or ["@"]
        bond = {"@": self.options.lib, "@tls": self.options.lib.replace("libbond.so", "libbond-tls.so")}
        paths = [bond.get(w, f"{self.options.build}/{w}.so")
                 for w in words if with_bond or w not in bond]
        if with_bond and self.options.sanitized:
            return {"LD_PRELOAD": " ".join(sanitizers() + paths), "ASAN_OPTIONS": "detect_leaks=0:exitcode=99"}
        return {"LD_PRELOAD": " ".join(paths)} if paths else {}

    def trace(self):
        """What switches the trace on: into a file of one run where traces are kept."""
        file, folder = "/dev/null", self.options.traces or (self.file.get("says") and self.options.build)
        if folder:
            file = os.path.join(folder, self.name.replace("/", "-") + ("" if self.options.traces else ".trace"))
            if os.path.exists(file):
                os.unlink(file)
        return {"BOND_TRACE": "all", "BOND_TRACE_FILE": file}

    def is_left_out(self, name, report):
        """Whether that run of it is."""
        why = next((why for pattern, why in self.options.left_out if fnmatch.fnmatch(name, pattern)), None)
        if why:
            report.skip(name, why)
        return why is not None

    def argv(self, args=()):
        argv = [self.program] + self.file.words("args") + list(args)
        if self.file.get("valgrind"):
            return VALGRIND + ["--leak-check=full", "--errors-for-leak-kinds=definite",
                               "--show-leak-kinds=definite"] + argv
        return (VALGRIND if self.options.valgrind else []) + argv


class Plain(Victim):
    def __init__(self, options, file):
        super().__init__(options, "plain", file)

    def modes(self):
        ini, numeric = (os.path.join(self.options.build, name) for name in ("idle.ini", "numeric.ini"))
        trace = self.trace()
        with_bond = self.preload(True)
        opened = [(way, {**with_bond, "BOND_CONFIG": os.path.join(self.options.build, way + ".ini")})
                  for way in self.file.words("opened")]
        return [("idle", with_bond), ("routes", {**with_bond, "BOND_CONFIG": ini}),
                ("traced", {**with_bond, "BOND_CONFIG": numeric, **trace})] + opened

    def check(self, host, report):
        code, bare = host.run(self.argv(), self.preload(False), self.timeout)
        if self.options.bare:
            print(f"== {self.name}: exit {code}\n{bare}", end="", flush=True)
            return
        if code != 0 or not bare or "VICTIM BROKEN" in bare:
            report.not_ok(f"{self.name} bare", how_it_ended(code), bare)
            return
        for mode, env in self.modes():
            if self.options.traces and mode != "traced":
                continue
            if self.file.get("modes") and mode not in self.file.words("modes") + self.file.words("opened"):
                continue
            name = f"{self.name} {mode}"
            if self.is_left_out(name, report):
                continue
            got_code, got = host.run(self.argv(), env, self.timeout)
            if got_code != code:
                report.not_ok(name, how_it_ended(got_code), difference(bare, got)[1])
            elif got != bare:
                report.not_ok(name, *difference(bare, got))
            else:
                report.ok(name)


class Steer(Victim):
    def __init__(self, options, file, case):
        super().__init__(options, "steer", file)
        self.case = case
        if case:
            self.name += "." + case
        self.expect = file.expect.get(case, file.expect.get(""))
        if self.expect:
            self.expect = self.expect.replace("$CASE", case)

    def run(self, host, env, timeout=None, enough=None):
        args = [self.case] if self.case else []
        host.peer.take()
        code, out = host.run(self.argv(args), env, timeout or self.timeout, enough=enough)
        seen = host.peer.take()
        if self.file.get("dirty"):
            host.net.restore()
        return code, out + "".join(collapse(sorted(seen)))

    def differs(self, out):
        """Whether what it printed so far is no beginning of what it shall print."""
        lines = (self.expect or "").splitlines(keepends=True)
        own = "".join(l for l in lines if not l.startswith("peer:"))
        return not own.startswith(out[:out.rfind("\n") + 1])

    def check(self, host, report):
        ini = os.path.join(self.options.here, "steer", "default.ini")
        word = self.case if self.case in self.file.inis else ""
        if word in self.file.inis:
            ini = self.file.ini_path(self.options, word)
        # Without the library it may hang, and is no less another one; it need not go on once it is.
        env = {**self.preload(False), "VICTIM_BARE": "1"}
        if self.options.bare:
            bare_code, bare = self.run(host, env, self.cost)
        elif self.options.traces:
            bare = None
        else:
            bare_code, bare = self.run(host, env, min(self.cost, BARE_SECONDS), self.differs)
        if self.options.bare:
            print(f"== {self.name}: exit {bare_code}\n{bare}", end="", flush=True)
            return
        if self.expect is None:
            report.not_ok(self.name, "the file has no expected output for this case")
            return
        lines = self.expect.splitlines(keepends=True)
        expect = "".join([l for l in lines if not l.startswith("peer:")] +
                         sorted(l for l in lines if l.startswith("peer:")))
        if bare == expect and not self.file.get("unsteered"):
            report.not_ok(self.name, "passes without the library: it tests nothing")
            return
        env = {**self.preload(True), "BOND_CONFIG": ini}
        for name, env in ((self.name, env), (f"{self.name} traced", {**env, **self.trace()})):
            if self.options.traces and name == self.name:
                continue
            if name != self.name and (self.options.valgrind or
                                      "traced" not in self.file.get("modes", "traced")):
                continue  # valgrind takes it ill that the trace asks the kernel whether memory is there
            if self.is_left_out(name, report):
                continue
            code, got = self.run(host, env)
            if code != 0:
                report.not_ok(name, how_it_ended(code), difference(expect, got)[1])
            elif got != expect:
                report.not_ok(name, *difference(expect, got))
            elif self.file.get("says") and name != self.name and not self.says(env["BOND_TRACE_FILE"]):
                report.not_ok(name, f"no line of {env['BOND_TRACE_FILE']} has {self.file.get('says')}")
            else:
                report.ok(name)

    def says(self, trace):
        with open(trace, errors="replace") as f:
            return re.search(self.file.get("says"), f.read())


def collapse(lines):
    """Equal neighbours become one line with their number."""
    return [line + (f" x{n if n < 1000 else 'MANY'}" if n > 1 else "") + "\n"
            for line, group in itertools.groupby(lines) for n in [len(list(group))]]


def how_it_ended(code):
    if code is None:
        return "hangs"
    return f"signal {-code}" if code < 0 else f"exit {code}"


def difference(expect, got):
    """The first line that differs, and the whole difference."""
    diff = list(difflib.unified_diff(expect.splitlines(), got.splitlines(), "expected", "got",
                                     lineterm="", n=1))
    first = [l for l in diff[2:] if l[0] in "+-"][:2]
    sides = {"-": "expected", "+": "got"}
    return " ".join(f"{sides[l[0]]} {l[1:]!r}" for l in first), "\n".join(diff)


def find(options):
    found = []
    for folder in ("plain", "steer"):
        base = os.path.join(options.here, folder)
        for entry in sorted(os.listdir(base)):
            if not entry.endswith(".c"):
                continue
            file = File(os.path.join(base, entry))
            if folder == "plain":
                found.append(Plain(options, file))
            else:
                found += [Steer(options, file, case) for case in file.cases or [""]]
    return found


def compile_one(options, target, source, flags):
    folders = (options.here, f"{options.here}/steer", f"{options.here}/lib", SHARED + "/segment")
    headers = [os.path.join(d, f) for d in folders for f in os.listdir(d) if f.endswith(".h")]
    newest = max(os.path.getmtime(p) for p in headers + [source, __file__])
    if os.path.exists(target) and os.path.getmtime(target) > newest:
        return None
    done = subprocess.run(CC + ["-o", target, source] + flags + LIBS, capture_output=True, text=True)
    return done.stderr or None


def openssl_flags(root):
    """Of an OpenSSL whose packages are unpacked in a folder."""
    name = "x86_64-linux-gnu"
    return [f"-I{root}/usr/include", f"-I{root}/usr/include/{name}", f"-L{root}/usr/lib/{name}",
            f"-Wl,-rpath,{root}/usr/lib/{name}"]


def build(chosen, options, report):
    """Compiles what is chosen; what cannot be compiled is reported and left out."""
    for name, text in (("idle", IDLE_INI), ("numeric", re.sub(", gateway.*", "", IDLE_INI)),
                       *((way, OPENED_INI.replace("WAY", way)) for way in ("filter", "sk_lookup"))):
        with open(os.path.join(options.build, name + ".ini"), "w") as f:
            f.write(text)
    ours = [v for v in chosen if isinstance(v, Victim)]
    libraries = sorted({name for v in ours for name in v.libraries()})
    errors = {}
    with ThreadPoolExecutor(2) as pool:
        jobs = {name: pool.submit(compile_one, options, f"{options.build}/{name}.so",
                                  f"{options.here}/lib/{name}.c",
                                  ["-shared", "-fPIC"] + File(f"{options.here}/lib/{name}.c").words("cc"))
                for name in libraries}
        for name, job in jobs.items():
            if job.result():
                report.not_ok(f"lib/{name}", "does not compile cleanly", job.result())
        jobs = {}
        for v in ours:
            for word, text in v.file.inis.items():
                with open(v.file.ini_path(options, word), "w") as f:
                    f.write(text)
            flags = (v.file.words("cc") or ["-O1"]) + [f"-Wl,-rpath,{options.build}"]
            flags += [f"{options.build}/{name}.so" for name in v.file.words("link")]
            if options.openssl:
                flags += openssl_flags(options.openssl)
            if v.program not in jobs:
                jobs[v.program] = pool.submit(compile_one, options, v.program, v.file.path, flags)
        for program, job in jobs.items():
            if job.result():
                errors[program] = job.result()
    for v in ours:
        if v.program in errors:
            report.not_ok(v.name, "does not compile cleanly", errors[v.program])
    return [v for v in chosen if not (isinstance(v, Victim) and v.program in errors)]
