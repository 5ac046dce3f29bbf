# SPDX-License-Identifier: MIT
"""Checks that are no victim of their own: start-up, errors, exported symbols."""


def find(options):
    return []
