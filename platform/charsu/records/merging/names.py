"""Names as duplicates compare them: whatever spaces, keyboard and order of words, and one slip apart."""

from charsu.text.folding import fold, fold_compact

#: Shorter names are one letter apart by right.
SHORTEST_CLOSE = 5


def name_key(name: str) -> str:
    """The key under which equal names meet: folded, without spaces, its words in one order."""
    return "".join(sorted(fold(name).split()))


def same_name(one: str, other: str) -> str | None:
    """`name` for names that fold alike, `close_name` for those one slip apart, else None."""
    first, second = fold_compact(one), fold_compact(other)
    if not first or not second:
        return None
    if first == second or name_key(one) == name_key(other):
        return "name"
    if min(len(first), len(second)) >= SHORTEST_CLOSE and one_edit_apart(first, second):
        return "close_name"
    return None


def one_edit_apart(one: str, other: str) -> bool:
    """Whether one letter wrong, missing, too many, or two neighbours swapped make one of the other."""
    if len(one) > len(other):
        one, other = other, one
    if len(other) - len(one) > 1:
        return False
    start = 0
    while start < len(one) and one[start] == other[start]:
        start += 1
    if len(one) < len(other):
        return one[start:] == other[start + 1 :]
    swapped = one[start : start + 2] == other[start : start + 2][::-1]
    return one[start + 1 :] == other[start + 1 :] or (swapped and one[start + 2 :] == other[start + 2 :])
