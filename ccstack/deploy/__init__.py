"""The flow of a deployment, for programs as for the command line: what shall be, what is, the plan, and its doing.

`ready` checks, renders and binds a center; `reached` opens the way to its hosts and switches; then `observe` plans,
`deploy` locks, looks, carries out and records, `rollback` undoes. Nothing here prints or asks: whoever calls is told
by a `Watch`, agrees by a function, and reads what became of each target in an `Outcome`. Errors are typed, and their
text is for people; none of them has changed anything.

This room knows every other one but the lab and the command line, which only parses, asks and prints.
"""

from .deployment import Agree, How, NoHostsError, PlanMisfitError, deploy, meant
from .outcome import Outcome
from .reach import Looked, Reached, observe, prepared, reached
from .ready import Ready, ready
from .undoing import NothingToUndoError, rollback

__all__ = [
    "Agree",
    "How",
    "Looked",
    "NoHostsError",
    "NothingToUndoError",
    "Outcome",
    "PlanMisfitError",
    "Reached",
    "Ready",
    "deploy",
    "meant",
    "observe",
    "prepared",
    "reached",
    "ready",
    "rollback",
]
