"""Phone files: what each desk phone and softphone fetches from its provisioning servers.

`facts.py` works out what a phone must be told; a module a vendor prints it, `common` for what the phones of a site
share and `files` for each phone. `xml.py` and `keyvalue.py` own the quoting. A secret is never in these files, only
its slot.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from ccstack.design import Design
from ccstack.design.wiring import Seat
from ccstack.render.part import Part
from ccstack.render.state import File, Line

from . import cisco, grandstream, poly, snom, yealink
from .facts import Ground, Grounds, Handset, handset, is_secure, model_of
from .softphones import softphone_file
from .vendors import VENDORS

FOLDER = "/srv/phones"
"""Where the provisioning servers keep the files; nginx alone reads them (its group is `www-data`)."""


class VendorFiles(Protocol):
    """A vendor's module."""

    def common(self, ground: Ground) -> tuple[Line, ...]:
        """What phones of this ground share."""

    def files(self, ground: Ground, shared: tuple[Line, ...], phone: Handset) -> Iterable[tuple[str, tuple[Line, ...]]]:
        """The phone's files by name."""


WRITERS: dict[str, VendorFiles] = {
    "yealink": yealink,
    "poly": poly,
    "snom": snom,
    "grandstream": grandstream,
    "cisco": cisco,
}
"""By vendor, as in `vendors.py`."""


def parts(design: Design) -> dict[str, Part]:
    """The phone files of every provisioning host: each has all of them, so that any one may be lost."""
    hosts = [host.name for host in design.index["hosts"].values() if host.provisioning]
    if not hosts:
        return {}
    files = (*_phone_files(design), *_softphone_files(design))
    return {name: Part(files=files) for name in hosts}


def files_of(seat: Seat) -> tuple[str, ...]:
    """Where the provisioning servers have the phone's files."""
    names = VENDORS[model_of(seat).vendor].file_names(seat.phone.mac)
    return tuple(f"{FOLDER}/{name}" for name in names)


def _phone_files(design: Design) -> Iterator[File]:
    grounds = Grounds(design)
    shared: dict[tuple[str, str, bool], tuple[Line, ...]] = {}
    for seat in design.wiring.seats.values():
        model = model_of(seat)
        phone = handset(design, seat, model)
        assert seat.site is not None, "a phone whose line is known has a site"
        secure = is_secure(model, design.index["sites"][seat.site])
        ground, writer = grounds.of(seat.site, secure), WRITERS[model.vendor]
        kind = (seat.site, model.vendor, secure)
        if kind not in shared:
            shared[kind] = writer.common(ground)
        yield from (_file(name, lines) for name, lines in writer.files(ground, shared[kind], phone))


def _softphone_files(design: Design) -> Iterator[File]:
    for softphone in design.index["softphones"].values():
        yield _file(*softphone_file(design, softphone))


def _file(name: str, lines: tuple[Line, ...]) -> File:
    return File(f"{FOLDER}/{name}", lines, "phones", "root", "www-data", 0o640)
