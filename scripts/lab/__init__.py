# SPDX-License-Identifier: MIT
"""Real SIP between two networks on one machine, for scripts/demo and tests/live: the networks, an
unmodified Kamailio between them, bonds as an operator writes them, user agents, and what is seen on
the wire."""
