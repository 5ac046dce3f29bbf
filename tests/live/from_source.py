# SPDX-License-Identifier: MIT
"""Hosts that are not in Debian, built from their repositories. Each function says why where it cannot."""

import os
import shutil
import subprocess

from lab.network import ROOT


def _last_line(done):
    return (done.stderr.strip().splitlines() or ["nothing"])[-1]


def tree(variable, name, url):
    """(source tree, why there is none): the one that the variable names, or build/NAME, cloned from url."""
    path = os.environ.get(variable) or os.path.join(ROOT, "build", name)
    if os.path.exists(path):
        return path, None
    if not shutil.which("git"):
        return None, "there is no git"
    done = subprocess.run(["git", "clone", "-q", "--depth", "1", url, path], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True)
    if done.returncode != 0:
        shutil.rmtree(path, ignore_errors=True)
        return None, "git clone of %s says: %s" % (url, _last_line(done))
    return path, None


def run(path, words):
    """Runs one step of its build there; why it failed, or None."""
    done = subprocess.run(words, cwd=path, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return "its %s says: %s" % (words[0], _last_line(done)) if done.returncode != 0 else None
