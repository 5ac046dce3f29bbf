# SPDX-License-Identifier: MIT
"""Line charts side by side as one SVG: counts on a logarithmic axis, costs on a linear one. Lines differ in colour
(Okabe and Ito's), in their marks and in their dashes, and bear their names."""

import collections
import math
from xml.sax.saxutils import escape

# x, y: what stands at the axes; lines: [(name, [(count, cost)])]
Chart = collections.namedtuple("Chart", "x y lines")
LOOKS = [("#0072B2", "", "circle"), ("#D55E00", "6 3", "square"), ("#009E73", "2 3", "circle")]
WIDTH, HEIGHT = 520, 340
LEFT, RIGHT, TOP, BOTTOM = 70, 24, 58, 52  # around what is drawn


def step_of(most):
    """A round step of which about five fit into most."""
    raw = max(most, 1e-9) / 5
    size = 10 ** math.floor(math.log10(raw))
    return next(size * n for n in (1, 2, 5, 10) if size * n >= raw)


def text(x, y, words, more=""):
    return '<text x="%.1f" y="%.1f"%s>%s</text>\n' % (x, y, more, escape(words, {'"': "&quot;"}))


def short(n):
    return "%g" % n if abs(n) < 1000 else ("%gk" % (n / 1000) if n < 1e6 else "%gM" % (n / 1e6))


def mark(x, y, look):
    color, _, shape = look
    if shape == "circle":
        return '<circle cx="%.1f" cy="%.1f" r="4" fill="%s"/>\n' % (x, y, color)
    return '<rect x="%.1f" y="%.1f" width="8" height="8" fill="%s"/>\n' % (x - 4, y - 4, color)


def draw(chart):
    points = [p for _, line in chart.lines for p in line] or [(1, 0), (10, 1)]
    least, most = (f(math.log10(x) for x, _ in points) for f in (min, max))
    most = max(most, least + 0.3)
    bottom, top = min(0, *(y for _, y in points)), max(0, *(y for _, y in points))
    step = step_of(top - bottom)
    lines, low = max(1, math.ceil(top / step)), math.floor(bottom / step)

    def at(x, y):
        return (LEFT + (math.log10(x) - least) / (most - least) * (WIDTH - LEFT - RIGHT),
                HEIGHT - BOTTOM - (y / step - low) / (lines - low) * (HEIGHT - TOP - BOTTOM))
    out = ""
    for i in range(low, lines + 1):
        y = at(points[0][0], i * step)[1]
        out += '<line x1="%d" y1="%.1f" x2="%d" y2="%.1f" stroke="#DDDDDD"/>\n' % (LEFT, y, WIDTH - RIGHT, y)
        out += text(LEFT - 8, y + 4, short(round(i * step, 6)), ' text-anchor="end"')
    for x in sorted({x for x, _ in points}):
        out += text(at(x, 0)[0], HEIGHT - BOTTOM + 18, short(x), ' text-anchor="middle"')
    out += text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, chart.x, ' text-anchor="middle" font-weight="bold"')
    out += text(14, 20, chart.y, ' font-weight="bold"')
    for i, (name, line) in enumerate(chart.lines):
        look, x = LOOKS[i % len(LOOKS)], LEFT + i * 190
        out += '<line x1="%d" y1="38" x2="%d" y2="38" stroke="%s" stroke-width="2" stroke-dasharray="%s"/>\n' % (
            x, x + 30, look[0], look[1] or "none")
        out += mark(x + 15, 38, look) + text(x + 38, 42, name)
        if line:
            out += '<polyline points="%s" fill="none" stroke="%s" stroke-width="2" stroke-dasharray="%s"/>\n' % (
                " ".join("%.1f,%.1f" % at(*p) for p in line), look[0], look[1] or "none")
        out += "".join(mark(*at(*p), look) for p in line)
    return out


def svg(charts):
    rows = (len(charts) + 1) // 2
    width, height = 2 * WIDTH, rows * HEIGHT
    body = "".join('<g transform="translate(%d %d)">\n%s</g>\n' % (i % 2 * WIDTH, i // 2 * HEIGHT, draw(c))
                   for i, c in enumerate(charts))
    return ('<?xml version="1.0" encoding="UTF-8"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" '
            'viewBox="0 0 %d %d" font-family="Helvetica,Arial,sans-serif" font-size="12" fill="#222222">\n'
            '<rect width="100%%" height="100%%" fill="white"/>\n%s</svg>\n' % (width, height, width, height, body))
