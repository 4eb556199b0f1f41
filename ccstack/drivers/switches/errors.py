"""What can go wrong between ccstack and a switch, each with words for people."""

from __future__ import annotations


class NetmikoMissingError(RuntimeError):
    """This machine has not what it takes to talk to switches."""


class SwitchError(Exception):
    """Something went wrong; the text says what, without a secret in it."""


class UnreachedError(SwitchError):
    """The switch did not let ccstack in: nothing was done there in this session."""

    def __init__(self, words: str, *, is_lasting: bool = False) -> None:
        super().__init__(words)
        self.is_lasting = is_lasting
        """Waiting does not help: it answers, and a credential or a key is not right."""


class DroppedError(SwitchError):
    """The connection ended, or the switch said nothing any more, in the middle of something."""


class RefusedError(SwitchError):
    """The switch answers, and refuses what it was given."""

    def __init__(self, line: str, said: str, number: int = 0, of: int = 0) -> None:
        self.line, self.said = line, said
        where = f"line {number} of {of} " if number else ""
        super().__init__(f"{where}`{line}` is refused: {said}")
