"""What digits mean: extensions, feature codes, emergency numbers, and numbers outside."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import phonenumbers

from ccstack.model.center import ContactCenter

from .index import Index

Kind = Literal["extension", "feature", "emergency", "emergency-test", "outside", "unknown"]


@dataclass(frozen=True, slots=True)
class Dialed:
    """What somebody inside dialed. `target` is the object's path, the feature's name, or a number."""

    kind: Kind
    target: str
    argument: str = ""
    """For the feature `pause`, the digit of the reason, whether it is one or not; for `desk_login`, the extension."""


@dataclass(frozen=True, slots=True)
class NumberPlan:
    """The center's dial plan."""

    center: ContactCenter
    extensions: dict[str, str]
    """Extension to the path of what it reaches, such as `agents.ana`."""
    features: dict[str, str]
    """Feature code to the field of `FeatureCodes`."""
    emergency: dict[str, str]
    """What is dialed (with and without the outside prefix) to the emergency number."""
    emergency_tests: dict[str, str]
    """The same for the numbers on which carriers test emergency routing."""

    def of(self, collection: str) -> Iterator[tuple[str, str]]:
        """Extensions of this collection's objects, and their names. Of two that share one, the first has it."""
        for extension, path in self.extensions.items():
            kind, _, name = path.partition(".")
            if kind == collection:
                yield extension, name

    def read(self, digits: str) -> Dialed:
        """What `digits`, dialed at a phone of the center, mean. Emergency numbers win over everything."""
        if digits in self.emergency:
            return Dialed("emergency", self.emergency[digits])
        if digits in self.emergency_tests:
            return Dialed("emergency-test", self.emergency_tests[digits])
        if digits in self.extensions:
            return Dialed("extension", self.extensions[digits])
        if feature := self._feature(digits):
            return feature
        number = self.to_e164(digits)
        return Dialed("outside", number) if number else Dialed("unknown", digits)

    def _feature(self, digits: str) -> Dialed | None:
        if digits in self.features:
            return Dialed("feature", self.features[digits])
        if self.features.get(digits[:-1]) == "pause" and self.center.pause_reasons:
            return Dialed("feature", "pause", digits[-1])
        for feature, collections in _FOLLOWED.items():
            code = getattr(self.center.features, feature)
            if digits.startswith(code) and self.extensions.get(digits[len(code) :], "").startswith(collections):
                return Dialed("feature", feature, digits[len(code) :])
        return None

    def to_e164(self, digits: str) -> str | None:
        """The public number that `digits` mean: `+` and E.164, or the outside prefix and the number as dialed there."""
        if digits.startswith("+"):
            return digits if digits[1:].isdigit() and 7 <= len(digits) - 1 <= 15 else None
        prefix = self.center.outside_prefix
        if not digits.startswith(prefix) or not digits.isdigit():
            return None
        try:
            parsed = phonenumbers.parse(digits[len(prefix) :], self.center.country)
        except phonenumbers.NumberParseException:
            return None
        if not phonenumbers.is_possible_number(parsed):
            return None
        return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


_FOLLOWED = {"desk_login": ("agents.",), "intercom": ("agents.", "stations.")}
"""Feature codes that an extension follows, and whose extension it must be."""

EXTENDED = (
    "agents",
    "stations",
    "probes",
    "queues",
    "menus",
    "voicemails",
    "announcements",
    "rings",
    "externals",
)
"""The collections whose objects may have an extension."""


def build_number_plan(index: Index) -> NumberPlan:
    """Work out what can be dialed inside."""
    center = index.center
    extensions: dict[str, str] = {}
    for collection in EXTENDED:
        for item in index[collection].values():
            if item.extension is not None:
                extensions.setdefault(item.extension, f"{collection}.{item.name}")
    codes = center.features
    features = {getattr(codes, name): name for name in type(codes).model_fields}
    tests = [t.emergency_test_number for t in center.trunks if t.emergency_test_number]
    return NumberPlan(
        center, extensions, features, _both_ways(center, center.emergency.numbers), _both_ways(center, tests)
    )


def _both_ways(center: ContactCenter, numbers: Iterable[str]) -> dict[str, str]:
    """With and without the outside prefix (47 CFR 9.16(b)(1))."""
    return {dialed: n for n in numbers for dialed in (n, center.outside_prefix + n)}
