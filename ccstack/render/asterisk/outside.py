"""Numbers outside: how they are dialed, who may dial them, and which trunks carry them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import phonenumbers

from ccstack.design import Design
from ccstack.model.trunk import Trunk
from ccstack.render.state import Source

from .dialplan import Dialplan
from .lengths import LENGTHS, VERSION


def outside(plan: Dialplan, design: Design) -> None:
    """The contexts `outside`, `routes` and `rights-<name>`."""
    _dialed(plan, design)
    _routes(plan, design)
    for table in design.outbound.rights.values():
        source = Source(f"calling_rights.{table.name}", "rights")
        plan.context(f"rights-{table.name}", source)
        for rule in table.rules:
            # Asterisk takes the pattern whose first differing character is the narrower: the longest prefix.
            plan.exten(f"_{rule.prefix}!", f"Return({'yes' if rule.allowed else 'no'})", source)
        plan.exten("_+!", "Return(no)", source)


def _dialed(plan: Dialplan, design: Design) -> None:
    source = Source("center.outside_prefix", "outside")
    plan.context("outside", source)
    for digits in range(7, 16):
        plan.exten(f"_+{'X' * digits}", "Goto(cc-outside,${EXTEN},1)", source)
    prefix = design.center.outside_prefix
    for form in dialed_forms(design.center.country):
        kept = f"${{EXTEN:{len(prefix) + form.drop}}}"
        plan.exten(f"_{prefix}{form.pattern}", f"Goto(cc-outside,+{form.put}{kept},1)", source)
    for access in international_access(design.center.country):
        # What follows the access code and is no country's number is none of our own country either.
        plan.exten(f"_{prefix}{access}!", "Hangup(1)", source)


def _routes(plan: Dialplan, design: Design) -> None:
    """Sets the trunks in order, and the first one's caller id rule."""
    plan.context("routes", Source("center", "routes"))
    trunks: dict[str, Trunk] = design.index["trunks"]
    for prefix, names, path in design.outbound.routes:
        source = Source(path, "route")
        first = trunks[names[0]].caller_id if names else None
        steps = [f"Set(_CC_TRUNKS={','.join(names)})"]
        if first:
            steps += [f"Set(CC_RULE={first.source})", f"Set(CC_FIXED={first.number})"]
        plan.steps(f"_{prefix}!", [*steps, "Return()"], source)
    plan.steps("_[+0-9]!", ["Set(_CC_TRUNKS=)", "Return()"], Source("center", "routes"))


class Form:
    """One way to dial: a pattern, how many leading digits are dropped, and what is put before the rest."""

    __slots__ = ("drop", "pattern", "put")

    def __init__(self, pattern: str, drop: int, put: str) -> None:
        self.pattern = pattern
        self.drop = drop
        self.put = put


@lru_cache(maxsize=8)
def dialed_forms(country: str) -> tuple[Form, ...]:
    """How public numbers are dialed in `country`, after the outside prefix (phonenumbers library's metadata)."""
    code = str(phonenumbers.country_code_for_region(country))
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(country)
    if metadata is None or code == "0":
        return ()
    lengths = _lengths(metadata.general_desc)
    trunk = metadata.national_prefix or ""
    forms = [*_with_own_code(code, lengths), *(Form("X" * n, 0, code) for n in sorted(lengths))]
    if trunk.isdigit():
        forms += [Form(trunk + "X" * n, len(trunk), code) for n in sorted(lengths)]
    for access in international_access(country):
        forms += _abroad(access)
    # Of two readings of the same digits the later one counts.
    return tuple({form.pattern: form for form in forms}.values())


def _with_own_code(code: str, lengths: set[int]) -> Iterator[Form]:
    """A number with the country's own code, where it is too long to be meant otherwise."""
    longest = max(lengths)
    for length in sorted(lengths):
        if length + len(code) > longest:
            yield Form(code + "X" * length, 0, "")


def _lengths(description: object) -> set[int]:
    """Possible lengths of national numbers, local-only ones too: `is_possible_number` takes both."""
    return {n for n in (*description.possible_length, *description.possible_length_local_only) if n > 0}  # type: ignore[attr-defined]


def international_access(country: str) -> tuple[str, ...]:
    """The international access code: where several are in use, the preferred one."""
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(country)
    preferred = getattr(metadata, "preferred_international_prefix", None)
    general = getattr(metadata, "international_prefix", None)
    return tuple(p for p in (preferred or general,) if p and p.isdigit())


@lru_cache(maxsize=8)
def _abroad(access: str) -> tuple[Form, ...]:
    """Every country's numbers after the access code, by their possible lengths."""
    found: dict[str, Form] = {}
    known = LENGTHS if phonenumbers.__version__ == VERSION else lengths_by_the_library()
    for code, of_code in known.items():
        for length in of_code:
            pattern = f"{access}{code}{'X' * length}"
            found[pattern] = Form(pattern, len(access), "")
    return tuple(found.values())


def lengths_by_the_library() -> dict[int, tuple[int, ...]]:
    """How many digits national numbers have, by country code."""
    countries = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items()
    return {code: tuple(sorted(_lengths_of_code(code, regions[0]))) for code, regions in countries}


def _lengths_of_code(code: int, region: str) -> set[int]:
    if region == "001":
        metadata = phonenumbers.PhoneMetadata.metadata_for_nongeo_region(code)
    else:
        metadata = phonenumbers.PhoneMetadata.metadata_for_region(region)
    return _lengths(metadata.general_desc) if metadata is not None else set()
