"""Bytes without end that both sides know, so that gigabytes can be compared without being kept."""

import random

PIECE = 1024 * 1024
PERIOD = 1_048_573  # a prime: no power of two of bytes can be lost, doubled or moved unseen
BYTES = random.Random(1).randbytes(PERIOD)
BYTES += BYTES[:PIECE]
VIEW = memoryview(BYTES)


def piece(offset: int, size: int) -> memoryview:
    """At most PIECE bytes of it."""
    start = offset % PERIOD
    return VIEW[start : start + size]


def is_right(data: memoryview, offset: int) -> bool:
    """Whether at most PIECE bytes are those that stand at `offset`."""
    return BYTES.startswith(data, offset % PERIOD)


class Reader:
    """Compares what comes with what must come."""

    def __init__(self):
        self.count = 0
        self.right = True

    def take(self, data: memoryview) -> None:
        self.right = self.right and is_right(data, self.count)
        self.count += len(data)
