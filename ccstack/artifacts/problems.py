"""What can go wrong when something is made."""

from __future__ import annotations

from collections.abc import Iterable


class ArtifactError(Exception):
    """One thing that cannot be made: what, why, and what to do about it."""


class ArtifactProblems(Exception):  # noqa: N818 - it carries several problems
    """Everything that could not be made, all at once."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(dict.fromkeys(problems))
        super().__init__("\n".join(self.problems))
