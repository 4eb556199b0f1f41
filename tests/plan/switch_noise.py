"""Whatever people type at switches: lines made from the lab's grammars, which know nothing of what ccstack renders."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from hypothesis import strategies as st

from ccstack.lab.switches.engine import Engine
from ccstack.lab.switches.grammar import Grammar, Row
from ccstack.lab.switches.pattern import Choice, Element, compiled
from ccstack.model.switch import Platform
from ccstack.render.state import SwitchState

from .switch_bench import engine, interfaces, wanted_of

_VLANS = [1, 10, 20, 110, 666]
_WORDS = ["ccstack-phone", "ccstack-media", "ccstack-old", "office", "voice-110", "data-10", "guests", "default"]
_VALUES: dict[str, list[str]] = {
    "WORD": _WORDS,
    "LINE": ["office printer", "ccstack: free", "10.9.9.9", "dscp ef", "ef"],
    "VLANS": ["10", "110", "666", "10,110", "1-20", "100-120", "2-4094"],
    "IP": ["10.9.9.9"],
    "PREFIX": ["10.9.9.1/24"],
    "MAC": ["02:00:00:00:00:01"],
}
_LEAVE_ALONE = re.compile(
    r"hostname|host-name|version|user|login|authentication|aaa|root|banner|message|vtp|encapsulation"
)
"""Lines that end a conversation, or this test's hold on it."""


@st.composite
def lines(draw: st.DrawFn, platform: Platform) -> list[list[str]]:
    """A few visits to the switch: lines to type one after another from the top of configuration mode. Some take back
    what ccstack wrote; the others are whatever the switch understands."""
    top = "set" if platform == "juniper-junos" else "config"
    wanted, rows = _known(platform)
    visits = []
    for _ in range(draw(st.integers(0, 6))):
        if draw(st.booleans()):
            visits.append(_taken_back(draw, wanted))
            continue
        path = [rows[draw(st.integers(0, len(rows) - 1))]]
        while path[0].mode != top:
            openers = [one for one in rows if one.opens == path[0].mode]
            path.insert(0, openers[draw(st.integers(0, len(openers) - 1))])
        visits.append([_typed(draw, one, platform, top) for one in path])
    return visits


@cache
def _known(platform: Platform) -> tuple[SwitchState, list[Row]]:
    """What ccstack wants, and the commands that can be reached."""
    rows = [row for row in grammar_of(engine(platform)).rows if row.pattern and not _LEAVE_ALONE.search(row.pattern)]
    modes = {"set", "config", *(row.opens for row in rows)}
    return wanted_of(platform), [row for row in rows if row.mode in modes]


def _taken_back(draw: st.DrawFn, wanted: SwitchState) -> list[str]:
    place = draw(st.integers(0, len(wanted.lines) - 1))
    text = wanted.lines[place].text
    if wanted.platform == "juniper-junos":
        words = text.split()[1:]
        return [f"delete {' '.join(words[: draw(st.integers(min(3, len(words)), len(words)))])}"]
    above: list[str] = []
    for line in reversed(wanted.lines[:place]):
        if _indent(line.text) < _indent(above[0] if above else text):
            above.insert(0, line.text)
    return [*(line.strip() for line in above), f"no {text.strip()}"]


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _typed(draw: st.DrawFn, row: Row, platform: Platform, top: str) -> str:
    text = " ".join(_words(draw, compiled(row.pattern), platform))
    if top == "set":
        return f"{draw(st.sampled_from(['set', 'set', 'set', 'delete']))} {text}"
    return f"no {text}" if not row.opens and draw(st.integers(0, 3)) == 0 else text


def _words(draw: st.DrawFn, elements: Sequence[Element], platform: Platform) -> Iterator[str]:
    for element in elements:
        if isinstance(element, Choice):
            yield from _words(draw, draw(st.sampled_from(element.ways)), platform)
        elif isinstance(element, tuple):
            low, high = element
            known = [number for number in _VLANS if low <= number <= high]
            yield str(draw(st.sampled_from([*known, low, min(high, low + 5)])))
        elif element in ("IFACE", "IFACES"):
            unit = ".0" if platform == "juniper-junos" and draw(st.booleans()) else ""
            yield draw(st.sampled_from(interfaces(platform))) + unit
        elif element in _VALUES:
            yield draw(st.sampled_from(_VALUES[element]))
        elif element not in ("=", "/"):
            yield element


def type_all(one: Engine, visits: Sequence[Sequence[str]]) -> None:
    """Type them; what the switch refuses, it refuses."""
    junos = one.platform == "juniper-junos"
    for visit in visits:
        session = one.session()
        for word in ("configure",) if junos else ("enable", "configure terminal"):
            session.type(word)
        for line in visit:
            session.type(line)
            for _ in range(3):
                if not session.question:
                    break
                session.type("n")
        session.type("commit") if junos else session.type("end")
        if junos and "error" in session.type("commit"):
            session.type("rollback 0")
            session.type("commit")


def grammar_of(one: Engine) -> Grammar:
    """The configuration commands of a switch."""
    return one.dialect.grammar  # type: ignore[attr-defined,no-any-return]
