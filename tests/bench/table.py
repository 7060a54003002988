"""Numbers of many rounds as text: medians, ratios within a round, Markdown."""

import statistics
from collections.abc import Sequence


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """Round by round: what disturbs a machine for a while disturbs both."""
    return [mine / yours for mine, yours in zip(ours, theirs, strict=True) if yours]


def number(value: float) -> str:
    """Three digits that mean something."""
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def spread(values: Sequence[float], show=number) -> str:
    """The median, and where the others lie."""
    if not values:
        return "-"
    if len(values) == 1:
        return show(values[0])
    return f"{show(median(values))} ({show(min(values))}..{show(max(values))})"


def ratio(values: Sequence[float]) -> str:
    return spread(values, lambda value: f"{value:.2f}")


def markdown(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The first column is text, the others are numbers."""
    widths = [max(len(row[i]) for row in [heading, *rows]) for i in range(len(heading))]

    def line(cells: Sequence[str]) -> str:
        first, *others = zip(cells, widths)
        return f"| {' | '.join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)])} |"

    rule = ["-" * width if i == 0 else "-" * (width - 1) + ":" for i, width in enumerate(widths)]
    return "\n".join([line(heading), f"|{'|'.join(f' {part} ' for part in rule)}|", *map(line, rows)])
