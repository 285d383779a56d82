"""Plots as inline SVG, coloured by the page's own variables."""

import math
from collections.abc import Sequence
from html import escape

from benchmarks.growth import Growth, Line
from benchmarks.statistics import Interval

_WIDTH, _HEIGHT = 360, 250
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 10, 24, 36
_BAR_WIDTH, _BAR_HEIGHT = 300, 22


def colour(subject: str) -> str:
    """The class that colours a subject."""
    return "s-" + subject.partition("@")[0]


def ratio_bar(found: Interval, verdict: str, widest: float) -> str:
    """An interval on a logarithmic scale around 1, which is marked."""
    span = math.log(widest)

    def x(value: float) -> float:
        bounded = max(-span, min(span, math.log(value) if value else -span))
        return _BAR_WIDTH / 2 * (1 + 0.96 * bounded / span)

    middle = _BAR_HEIGHT / 2
    low, high = x(found.low), x(found.high)
    told = f"{found.median:.2f}, from {found.ends()}"
    return (
        f'<svg class="bar v-{verdict}" viewBox="0 0 {_BAR_WIDTH} {_BAR_HEIGHT}"'
        f' role="img" aria-label="{told}" preserveAspectRatio="none">'
        f'<line class="one" x1="{_BAR_WIDTH / 2}" x2="{_BAR_WIDTH / 2}" y1="0"'
        f' y2="{_BAR_HEIGHT}"/>'
        f'<line class="rail" x1="0" x2="{_BAR_WIDTH}" y1="{middle}" y2="{middle}"/>'
        f'<rect class="span" x="{low - 1:.1f}" width="{high - low + 2:.1f}"'
        f' y="{middle - 4}" height="8" rx="2"/>'
        f'<rect class="median" x="{x(found.median) - 1.5:.1f}" width="3"'
        f' y="{middle - 8}" height="16"/></svg>'
    )


class _Axis:
    """A logarithmic axis over all values, from one end of the picture to another."""

    def __init__(self, values: Sequence[float], start: float, end: float) -> None:
        low, high = min(values), max(values)
        if high / low < 2:  # else a flat line would look like a mountain range
            low, high = low / 1.5, high * 1.5
        self._low, self._high = math.log(low) - 0.05, math.log(high) + 0.05
        self._start, self._end = start, end

    def __call__(self, value: float) -> float:
        share = (math.log(value) - self._low) / (self._high - self._low)
        return self._start + share * (self._end - self._start)

    def ticks(self) -> list[float]:
        """Round values: some digits times powers of ten, or fewer if that is many."""
        low, high = math.exp(self._low), math.exp(self._high)
        powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        for steps in ((1, 2, 3, 4, 6, 8), (1, 2, 5), (1, 3), (1,)):
            found = [step * 10.0**power for power in powers for step in steps]
            found = [each for each in found if low <= each <= high]
            if len(found) <= 7:
                break
        return found


def plot(growth: Growth) -> str:
    """Lines with the interval of each point."""
    xs = [x for line in growth.lines for x in line.points]
    ys = [y for line in growth.lines for y in _heights(line)]
    across = _Axis(xs, _LEFT, _WIDTH - _RIGHT)
    up = _Axis(ys, _HEIGHT - _BOTTOM, _TOP)
    parts = [
        (
            f'<svg class="plot" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img"'
            f' aria-label="{escape(growth.title)}">'
        ),
        *(_grid_x(across(tick), _number(tick)) for tick in across.ticks()),
        *(_grid_y(up(tick), _number(tick)) for tick in up.ticks()),
        (
            f'<text class="name" x="{_WIDTH - _RIGHT}" y="{_HEIGHT - 4}"'
            f' text-anchor="end">{escape(growth.x)}</text>'
        ),
        f'<text class="name" x="4" y="12">{escape(growth.y)}</text>',
        *(_line(line, across, up) for line in growth.lines),
        "</svg>",
    ]
    return "".join(parts)


def _heights(line: Line) -> list[float]:
    found = line.points.values()
    return [
        value
        for each in found
        for value in (each.low, each.median, each.high)
        if 0 < value < math.inf
    ]


def _grid_x(x: float, label: str) -> str:
    bottom = _HEIGHT - _BOTTOM
    return (
        f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{bottom}"/>'
        f'<text x="{x:.1f}" y="{bottom + 14}" text-anchor="middle">{label}</text>'
    )


def _grid_y(y: float, label: str) -> str:
    return (
        f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}"'
        f' y2="{y:.1f}"/><text x="{_LEFT - 5}" y="{y + 4:.1f}"'
        f' text-anchor="end">{label}</text>'
    )


def _line(line: Line, across: _Axis, up: _Axis) -> str:
    shown = [
        (across(x), found)
        for x, found in sorted(line.points.items())
        if found.median > 0
    ]
    path = " ".join(f"{x:.1f},{up(found.median):.1f}" for x, found in shown)
    marks = "".join(
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{up(found.low):.1f}"'
        f' y2="{up(found.high):.1f}"/>'
        for x, found in shown
        if found.low > 0 and found.has_ends()
    )
    dots = "".join(
        f'<circle cx="{x:.1f}" cy="{up(found.median):.1f}" r="3"/>'
        for x, found in shown
    )
    name = colour(line.subject)
    return f'<g class="{name}"><polyline points="{path}"/>{marks}{dots}</g>'


def _number(value: float) -> str:
    if value >= 1_000_000:
        return f"{value / 1_000_000:g}M"
    if value >= 1_000:
        return f"{value / 1_000:g}k"
    return f"{value:g}"
