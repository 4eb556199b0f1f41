"""The one exception of the lab: everything that is wrong, said at once."""

from collections.abc import Sequence


class LabError(Exception):
    """What stops the lab. `problems` holds one sentence each; `str()` gives them as lines."""

    def __init__(self, problems: Sequence[str] | str) -> None:
        self.problems: tuple[str, ...] = (problems,) if isinstance(problems, str) else tuple(problems)
        super().__init__("\n".join(self.problems))
