"""The center of the golden case, and parts of it by themselves."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from ccstack import model as cc
from ccstack.design import Design, design
from ccstack.render.phones import WRITERS, parts
from ccstack.render.phones.facts import Ground, Grounds, Handset, handset, model_of
from tests.golden.desks.center import center as desks

__all__ = ["Case", "case", "desks", "files", "text_of"]


@dataclass(frozen=True)
class Case:
    """A phone as a vendor's module is given it."""

    vendor: str
    ground: Ground
    phone: Handset

    def files(self) -> dict[str, str]:
        """Its files by name, with slots."""
        writer = WRITERS[self.vendor]
        made = writer.files(self.ground, writer.common(self.ground), self.phone)
        return {name: "".join(f"{line.text}\n" for line in lines) for name, lines in made}

    def text(self) -> str:
        """Its configuration, which Poly's master file only names."""
        return list(self.files().values())[self.vendor == "poly"]


@cache
def _design() -> Design:
    return design(desks)


def case(name: str) -> Case:
    """The phone called `name`, at a site that wants it secure."""
    made = _design()
    seat = made.wiring.seats[name]
    model = model_of(seat)
    return Case(model.vendor, Grounds(made).of("hq", secure=True), handset(made, seat, model))


def files(center: cc.ContactCenter = desks, host: str = "box") -> dict[str, str]:
    """Every phone file of a host by name, with slots."""
    return {file.path.rpartition("/")[2]: file.text for file in parts(design(center))[host].files}


def text_of(name: str) -> str:
    """One phone file of the golden center."""
    return files()[name]
