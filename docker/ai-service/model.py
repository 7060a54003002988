"""A small language model: a word-level Markov chain of order two that backs off to order one and to sentence starts."""

import random
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*|[.,;:!?]")
SENTENCE_ENDS = frozenset(".!?")
LONG_ENOUGH = 24  # tokens after which the end of a sentence ends the answer
STRAY = 0.15  # how often a context with one follower backs off, so that the model does not recite


def tokenise(text: str) -> list[str]:
    return WORD.findall(text)


def spelled(token: str) -> str:
    """A token as it stands in running text: words bring the space before them."""
    return token if token in ".,;:!?" else " " + token


class MarkovModel:
    def __init__(self, text: str):
        self._after_two: dict[tuple[str, str], list[str]] = defaultdict(list)
        self._after_one: dict[str, list[str]] = defaultdict(list)
        self._starts: list[str] = []
        words = tokenise(text)
        for first, second, third in zip([".", ".", *words], [".", *words], words):
            self._after_two[first.lower(), second.lower()].append(third)
            self._after_one[second.lower()].append(third)
            if second in SENTENCE_ENDS:
                self._starts.append(third)

    @classmethod
    def from_file(cls, path: Path) -> "MarkovModel":
        return cls(path.read_text(encoding="utf-8"))

    def continuation(self, prompt: str, max_tokens: int, chance: random.Random | None = None) -> Iterator[str]:
        """Tokens that follow `prompt`, spelled; at most `max_tokens`, none after a sentence that ends late enough."""
        chance = chance or random.Random()
        first, second = ([".", "."] + [word.lower() for word in tokenise(prompt)])[-2:]
        for count in range(1, max_tokens + 1):
            token = self._next(first, second, chance)
            yield spelled(token)
            if count >= LONG_ENOUGH and token in SENTENCE_ENDS:
                return
            first, second = second, token.lower()

    def _next(self, first: str, second: str, chance: random.Random) -> str:
        followers = self._after_two.get((first, second), [])
        if len(followers) == 1 and chance.random() < STRAY:
            followers = []
        return chance.choice(followers or self._after_one.get(second) or self._starts)
