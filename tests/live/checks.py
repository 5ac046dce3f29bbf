# SPDX-License-Identifier: MIT
"""How checks are written and counted.

    @group
    def failover(t):
        with t.check("UDP takes the next SRV target"):
            expect(source == member, "came from %s" % source)

A group is one function, run in a process of its own; its checks are the lines that are printed. What
is raised outside a check fails the group as a whole."""

import contextlib
import os
import sys
import traceback

GROUPS = {}  # name -> Group


class Group:
    """A function, the seconds that it takes at most on a machine that does nothing else, whether it
    makes namespaces, and whether it waits most of its time, so that it costs little to run it beside
    the others."""

    def __init__(self, function, seconds, namespaces, waits):
        self.function, self.seconds, self.namespaces = function, seconds, namespaces
        self.waits = waits


def group(function=None, *, seconds=120, namespaces=True, waits=False):
    def register(f):
        GROUPS[f.__name__.replace("_", "-")] = Group(f, seconds, namespaces, waits)
        return f
    return register(function) if function else register


def expect(condition, why):
    if not condition:
        raise AssertionError(why)


def expect_equal(seen, wanted, what):
    if seen != wanted:
        raise AssertionError("%s is %s, not %s" % (what, seen, wanted))


class Results:
    def __init__(self, name):
        self.name = name
        self.failed = False

    def _line(self, verdict, name, why=None):
        text = "%s - %s: %s" % (verdict, self.name, name)
        if why is not None:
            text += ": " + " ".join(why.split())[:600]
        print(text, flush=True)

    def ok(self, name):
        self._line("ok", name)

    def fail(self, name, why):
        self.failed = True
        self._line("not ok", name, why)

    def skip(self, name, why):
        self._line("skip", name, why)

    @contextlib.contextmanager
    def check(self, name, detail=None):
        """detail() is printed on stderr when the check fails and the run is verbose."""
        try:
            yield
        except Exception as e:
            self.fail(name, str(e) if isinstance(e, (AssertionError, TimeoutError)) else repr(e))
            if os.environ.get("BOND_LIVE_VERBOSE"):
                traceback.print_exc()
                if detail:
                    print(detail(), file=sys.stderr, flush=True)
        else:
            self.ok(name)
