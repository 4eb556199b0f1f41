"""How platforms write the names of interfaces: long, short, and several at once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .pattern import Named, Reader


@dataclass(frozen=True, slots=True)
class Kinds:
    """The kinds of interfaces of a platform in the order in which they are shown, each with whether the switch has it
    from the factory. `glue` stands between kind and number; `bare` is the kind whose name is only the number."""

    kinds: tuple[tuple[str, bool], ...]
    glue: str = ""
    bare: str = ""
    whole_range_ends: bool = False
    """Whether a range ends in a whole name (`1/1/1-1/1/4`) rather than in a number."""

    @property
    def reader(self) -> Reader:
        """For patterns."""
        return Reader(self.one, self.several)

    def one(self, words: Sequence[str]) -> Named | None:
        """The interface that `words` begin with: `Gi1/0/7`, `gigabitethernet 1/0/7`, `1/1/7`, `vlan 10`."""
        for took in (1, 2):
            match = re.fullmatch(r"([A-Za-z][A-Za-z-]*)?([0-9][0-9/.]*)", "".join(words[:took]))
            name = self._named(match[1] or "", match[2]) if match and len(words) >= took else None
            if name:
                return (name,), took
        return None

    def _named(self, kind: str, number: str) -> str | None:
        if not kind:
            return number if self.bare and re.fullmatch(r"[0-9]+(/[0-9]+){1,3}", number) else None
        full = next((each for each, _ in self.kinds if each.lower().startswith(kind.lower())), None)
        return f"{full}{self.glue}{number}" if full and full != self.bare else None

    def several(self, words: Sequence[str]) -> Named | None:
        """Every interface of `Gi1/0/1-4`, `Gi1/0/1 - 4 , Gi1/0/7`, `Et1-4,7`, `1/1/1-1/1/4,1/1/7`."""
        names: list[str] = []
        kind = ""
        for part in "".join(words).split(","):
            match = re.fullmatch(r"([A-Za-z][A-Za-z-]*?)?([0-9/]+?)(?:-([0-9/]+))?", part)
            if match is None:
                return None
            kind = match[1] or kind
            found = self._span(kind, match[2], match[3] or "")
            if not found:
                return None
            names += found
        return (tuple(dict.fromkeys(names)), len(words)) if names else None

    def _span(self, kind: str, first: str, last: str) -> list[str]:
        stem, _, low = first.rpartition("/")
        stem_of_last, _, high = (last or first).rpartition("/")
        if (stem_of_last and stem_of_last != stem) or not (low.isdigit() and high.isdigit()) or int(high) < int(low):
            return []
        numbers = [f"{stem}/{number}" if stem else str(number) for number in range(int(low), int(high) + 1)]
        return [name for number in numbers if (name := self._named(kind, number))]

    def is_physical(self, name: str) -> bool:
        """Whether the switch has an interface of this kind from the factory, or not at all."""
        kind = self.kind_of(name)
        return any(physical for each, physical in self.kinds if each == kind)

    def rank(self, name: str) -> int:
        """Where its kind is shown among the others."""
        kind = self.kind_of(name)
        return next((place for place, (each, _) in enumerate(self.kinds) if each == kind), len(self.kinds))

    def kind_of(self, name: str) -> str:
        """The kind in a name as the platform prints it."""
        match = re.match(r"[A-Za-z][A-Za-z-]*", name)
        return match[0].rstrip("-") if match else self.bare


CISCO = Kinds(
    (
        ("Port-channel", False),
        ("FastEthernet", True),
        ("GigabitEthernet", True),
        ("TwoGigabitEthernet", True),
        ("FiveGigabitEthernet", True),
        ("TenGigabitEthernet", True),
        ("TwentyFiveGigE", True),
        ("FortyGigabitEthernet", True),
        ("HundredGigE", True),
        ("Vlan", False),
        ("Loopback", False),
    )
)
"""Cisco, Interface and Hardware Component Command Reference, `interface`: types and their abbreviations."""

EOS = Kinds((("Port-Channel", False), ("Ethernet", True), ("Loopback", False), ("Management", True), ("Vlan", False)))
"""Arista, EOS User Manual, section "Interface Configuration"."""

AOSCX = Kinds((("lag", False), ("port", True), ("loopback", False), ("vlan", False)), glue=" ", bare="port")
"""HPE Aruba, AOS-CX Fundamentals Guide, section "Interface configuration": ports are member/slot/port."""

_JUNOS = re.compile(r"((ge|mge|xe|et)-[0-9]+/[0-9]+/[0-9]+|(ae|irb|lo|me|vme)[0-9]*|irb)(\.[0-9]+)?")


def _junos(words: Sequence[str]) -> Named | None:
    return ((words[0],), 1) if words and _JUNOS.fullmatch(words[0]) else None


JUNOS = Reader(_junos, _junos)
"""Juniper, Junos OS Interfaces Fundamentals, section "Interface Naming Overview"."""
