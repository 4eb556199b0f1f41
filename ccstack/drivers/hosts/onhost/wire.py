"""JSON by the C parts of Python's `json` (CPython 3.9 to 3.15) alone: the package itself loads `re`, which takes longer
than all that a look at a host reads and writes."""

from __future__ import annotations

from _json import encode_basestring_ascii, make_encoder, make_scanner

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class _Plain:
    """What a scanner asks about how it shall read: as JSON says."""

    strict = True
    object_hook = object_pairs_hook = array_hook = None
    parse_float, parse_int, parse_constant = float, int, float


_scan = make_scanner(_Plain)  # type: ignore[arg-type]


def loads(text: str | bytes) -> Any:
    """What `text` (UTF-8) says; a ValueError when it is no JSON."""
    words = (text.decode() if isinstance(text, bytes) else text).strip(" \t\r\n")
    try:
        data, end = _scan(words, 0)
    except StopIteration:
        raise ValueError("it is no JSON") from None
    if end != len(words):
        raise ValueError(f"it is no JSON from character {end} on")
    return data


def dumps(data: Any, sort_keys: bool = False) -> str:
    """`data` as JSON on one line, in ASCII."""
    return "".join(
        make_encoder(None, _refused, encode_basestring_ascii, None, ": ", ", ", sort_keys, False, True)(data, 0)
    )


def _refused(value: object) -> Any:
    raise TypeError(f"JSON has no {type(value).__name__}")
