"""Patterns of SQL's LIKE out of words people typed."""


def like_pattern(word: str) -> str:
    """`word` anywhere, its wildcards taken literally."""
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
