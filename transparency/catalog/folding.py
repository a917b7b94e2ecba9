"""Names that rules join: in capitals here and in small letters there, or in one place that goes by two names. Pure.

A key, or what comes after its kind, is folded to the one way to write it that all ways have in common. Only the letters
A to Z have a case here: the same in every database and every language.
"""

from collections.abc import Iterable, Iterator

from transparency.catalog.globs import Patterns

ROUNDS = 20  # rules that lead from one to the next; a ring is refused before it is saved
Place = tuple[str, str]
"""A namespace and the one that it is the same as; where both end in “*”, whatever begins so."""


def small(text: str) -> str:
    """The text with small letters for A to Z."""
    return text.encode(errors="surrogatepass").lower().decode(errors="surrogatepass")


class Folding:
    """Rules at work. ``blind`` are patterns of namespaces in which case does not count."""

    def __init__(self, blind: Iterable[str] = (), places: Iterable[Place] = ()) -> None:
        patterns = [f"{pattern.strip()}/*" for pattern in blind]
        self._blind = Patterns(patterns) if patterns else None
        moves = ((_start(one), _start(other)) for one, other in places)
        self._moves = sorted(moves, key=lambda move: -len(move[0]))
        self.ignores_case = bool(patterns)

    def __bool__(self) -> bool:
        return self.ignores_case or bool(self._moves)

    def key(self, key: str) -> str:
        """The key that counts, as far as rules tell."""
        kind, colon, rest = key.partition(":")
        if kind != "column":
            return f"{kind}{colon}{self.text(rest)}"
        place, mark, field = rest.rpartition("#")
        folded, was_blind = self._folded(place)
        return f"{kind}{colon}{folded}{mark}{small(field) if was_blind else field}"

    def text(self, text: str) -> str:
        """The same of a key without its kind: namespace, “/” and name."""
        return self._folded(text)[0]

    def _folded(self, text: str) -> tuple[str, bool]:
        was_blind = False
        for _ in range(ROUNDS):
            if self._blind and self._blind.first(text) is not None:
                was_blind, text = True, small(text)
            moved = self._moved(text)
            if moved == text:
                break
            text = moved
        return text, was_blind

    def _moved(self, text: str) -> str:
        for one, other in self._moves:
            if text.startswith(one):
                return other + text[len(one) :]
        return text

    def has_no_end(self) -> bool:
        """Whether following these rules leads in a ring, or ever deeper into one place."""
        nested = any(one.startswith(other) or other.startswith(one) for one, other in self._moves)
        return nested or any(self._moved(end) != end for end in (self.text(f"{one}x/x") for one, _ in self._moves))

    def ways_to_write(self, text: str) -> set[str]:
        """Every text that might be folded to this one, whichever of its letters are capitals, and itself."""
        found, new = {text}, {text}
        for _ in self._moves:  # in a way that ends, each rule is followed once
            new = {way for one in new for way in self._ways_back(one)} - found
            found |= new
        return found

    def _ways_back(self, text: str) -> Iterator[str]:
        for before, after in self._moves:
            if small(text).startswith(small(after)):
                yield before + text[len(after) :]


def _start(namespace: str) -> str:
    """How what lies in a namespace begins."""
    return namespace[:-1] if namespace.endswith("*") else f"{namespace}/"
