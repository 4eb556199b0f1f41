"""Why a file is not what it was: the objects that its changed lines came from.

Every rendered line knows its object, so the lines that two renderings of one file do not share name the objects that
changed it. What such lines cannot say is not guessed: a line may follow from an object that it does not name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from ccstack.model.center import ContactCenter
from ccstack.model.secret import DerivedSecret
from ccstack.render.state import Artifact, File, Slot

from .objects import CENTER, Difference, object_of, value_at
from .plan import Reason

_INTERNAL = "internal."
"""Secrets that no blueprint writes; they are always derived, with an epoch of their own."""


@dataclass(frozen=True)
class Causes:
    """What is known of why a file changes."""

    objects: tuple[str, ...] = ()
    """Objects that are different and that the changed lines (or secrets) came from."""
    followers: tuple[str, ...] = ()
    """Objects that changed lines came from, and that are not different themselves."""
    reasons: tuple[Reason, ...] = ()

    @property
    def are_there(self) -> bool:
        """Whether the blueprint's change reaches this file at all."""
        return bool(self.objects or self.followers)

    @property
    def words(self) -> str:
        """What the reasons do not explain, in words; nothing where they explain all."""
        names = [name for name in self.followers if name != CENTER]
        shown = f"{', '.join(names[:4])}{f' and {len(names) - 4} more' if len(names) > 4 else ''}"
        if names:
            return f"lines of {shown} differ, which did not change in the blueprint: they follow from what did"
        if self.followers and not self.objects:
            return "lines that are about the whole center differ: they follow from what changed in it"
        return ""


class Changed:
    """The objects that are different between two centers, and what of a file is due to them."""

    def __init__(self, differences: Iterable[Difference], center: ContactCenter) -> None:
        self.differences = {one.path: one for one in differences}
        self._center = center

    def of_file(self, before: File | None, after: File | None) -> Causes:
        """Why a rendered file is not what it was."""
        sources = _changed_sources(before, after)
        of_secrets = self._of_secrets(after.slots if after else ())
        return self._causes(sources, of_secrets)

    def of_artifact(self, before: Artifact | None, after: Artifact | None) -> Causes:
        """Why an artifact may not be what it was: its object is different."""
        sources = {one.source.path for one in (before, after) if one}
        if before and after and not any(self._matching(source) for source in sources):
            return Causes()
        return self._causes(sources, ())

    def _causes(self, sources: Iterable[str], of_secrets: tuple[Reason, ...]) -> Causes:
        objects: set[str] = set()
        followers: set[str] = set()
        for source in sources:
            matching = self._matching(source)
            objects.update(matching)
            followers.update(() if matching else (object_of(source),))
        if followers and len(self.differences) == 1:
            # What is rendered is a function of the center alone, and this is all that is different in it.
            objects, followers = set(self.differences), set()
        reasons = [r for path, one in self.differences.items() if path in objects for r in one.reasons]
        owners = {object_of(reason.path) for reason in of_secrets}
        in_order = tuple(path for path in self.differences if path in objects | owners)
        return Causes(in_order, tuple(sorted(followers)), _each_once(reasons, of_secrets))

    def _matching(self, source: str) -> set[str]:
        """The different objects that a line's source speaks of: one object, or (`agents`) a whole collection."""
        mine = object_of(source)
        if mine in self.differences and (mine != CENTER or self._is_center(source)):
            return {mine}
        return {path for path in self.differences if path.startswith(f"{source}.")} if "." not in source else set()

    def _is_center(self, source: str) -> bool:
        """Lines of the whole center may come from any of its fields; only those that name one are sure."""
        wanted = source.removeprefix(f"{CENTER}.")
        return any(r.path == wanted or r.path.startswith(f"{wanted}.") for r in self.differences[CENTER].reasons)

    def _of_secrets(self, slots: Iterable[Slot]) -> tuple[Reason, ...]:
        paths = {slot.path for slot in slots}
        return tuple(r for r in self._secret_reasons if any(self._concerns(r.path, path) for path in paths))

    def _concerns(self, changed: str, secret: str) -> bool:
        is_internal = secret.startswith(_INTERNAL)
        is_derived = is_internal or isinstance(value_at(self._center, secret), DerivedSecret)
        if changed.startswith("secrets."):
            epoch = "secrets.internal_epoch" if is_internal else "secrets.epoch"
            return is_derived and (changed == epoch or changed.startswith("secrets.master_key"))
        return changed == secret or changed.startswith(f"{secret}.")

    @cached_property
    def _secret_reasons(self) -> tuple[Reason, ...]:
        return tuple(r for one in self.differences.values() for r in one.reasons if one.action == "change")


def _each_once(*groups: Iterable[Reason]) -> tuple[Reason, ...]:
    # Reasons hold JSON, which is not hashable; their paths say what they are about.
    return tuple({reason.path: reason for group in groups for reason in group}.values())


def _changed_sources(before: File | None, after: File | None) -> set[str]:
    """Where the lines came from that only one of the two renderings has; of lines in another order, all."""
    old, new = _counted(before), _counted(after)
    sources = {source for _, source in [*(old - new), *(new - old)]}
    if not sources and before and after and before.text != after.text:
        return {line.source.path for line in after.lines}
    return sources


def _counted(file: File | None) -> Counter[tuple[str, str]]:
    return Counter((line.text, line.source.path) for line in file.lines) if file else Counter()
