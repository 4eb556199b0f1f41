"""Text for people in a switch's configuration: port descriptions."""

from __future__ import annotations

import re
from unicodedata import normalize

_LETTERS = {"ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ł": "l"}
_LETTERS |= {"Ł": "L", "þ": "th", "Þ": "Th", "ð": "d", "Ð": "D", "\u0131": "i", "\u2013": "-", "\u2014": "-"}
_NOT_SAFE = re.compile(r"[^A-Za-z0-9 .,:_/+()@&=-]")
"""Anything that some platform's command line gives a meaning: `?` asks for help, `|` is a pipe, `!` and `#` begin
comments, quotes and backslashes quote, `%` begins an error message, `;` ends a command, `$` a variable."""


def description(phone: str | None, label: str, longest: int) -> str:
    """What a phone port is called: whose phone is there, or that none is.

    Switches take ASCII. Letters lose their accents; a character that has no such form, or that a command line would
    act on, becomes `_`: a description is a note for people, and no reason to refuse a phone. Cut after `longest`.
    """
    text = f"ccstack: {phone} {plain(label)}" if phone else "ccstack: free"
    return text[:longest].rstrip()


def plain(text: str) -> str:
    """`text` in characters that every platform takes as they are."""
    letters = "".join(_LETTERS.get(ch, ch) for ch in text)
    ascii_only = "".join(ch for ch in normalize("NFKD", letters) if not 0x300 <= ord(ch) <= 0x36F)
    return " ".join(_NOT_SAFE.sub("_", re.sub(r"\s", " ", ascii_only)).split())
