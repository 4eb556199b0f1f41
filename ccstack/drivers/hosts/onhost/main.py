"""The verbs: docs/activator.md has what each is asked and answers."""

from __future__ import annotations

import os
import sys

from .layout import Layout
from .wire import dumps, loads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import IO, Any

    Answer = Mapping[str, Any]
    Verb = Callable[[Layout, Mapping[str, Any], list[str]], Mapping[str, Any]]


def main(arguments: list[str]) -> int:
    """Run one verb; the answer is one JSON object on the last line of stdout. Those of `_REPEATED` answer each line of
    stdin with one."""
    os.umask(0o022)
    verb, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    if verb not in VERBS:
        _say({"error": f"{verb!r} is none of {', '.join(VERBS)}"})
        return 2
    is_asked = verb not in _UNASKED and not rest
    code = _carried_out(verb, sys.stdin.buffer.readline() if is_asked else b"{}", rest)
    while verb in _REPEATED and not code and (line := sys.stdin.buffer.readline()):
        code = _carried_out(verb, line, rest)
    return code


def _carried_out(verb: str, request: bytes, rest: list[str]) -> int:
    try:
        answer = VERBS[verb](Layout(), dict(loads(request)), rest)
    except Exception as why:
        # Whatever it is, the controller gets an answer; where it happened is for stderr.
        from traceback import print_exc

        print_exc()
        _say({"error": f"{verb}: {type(why).__name__}: {why}"})
        return 2
    _say(answer)
    return 1 if answer.get("failed") and verb != "activate" else 0


def _say(answer: Mapping[str, Any]) -> None:
    try:
        print(dumps(answer), flush=True)
    except BrokenPipeError:
        # The controller is gone; what was done is done.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _observe(layout: Layout, request: Mapping[str, Any], _rest: list[str]) -> Answer:
    from .observe import observe

    return observe(layout, request)


def _stage(layout: Layout, request: Mapping[str, Any], _rest: list[str]) -> Answer:
    from dataclasses import asdict

    from .engines import Host, RealEngines
    from .release import stage

    host, on_foreign = Host(layout, RealEngines()), request.get("on_foreign", "refuse")
    return asdict(stage(host, _archive(request), on_foreign, request.get("token", ""), request.get("doors")))


def _release(layout: Layout, request: Mapping[str, Any], rest: list[str]) -> Answer:
    from dataclasses import asdict

    from .engines import Host, RealEngines
    from .release import release, release_staged

    host, token = Host(layout, RealEngines()), request.get("token", "")
    if rest:
        # By hand: the release is behind the program in the file that is run.
        return asdict(release(host, sys.argv[0], rest[-1]))
    if request.get("staged"):
        return asdict(release_staged(host, request["staged"], token))
    return asdict(release(host, _archive(request), request.get("on_foreign", "refuse"), token))


def _archive(request: Mapping[str, Any]) -> IO[bytes]:
    from io import BytesIO

    archive = BytesIO(sys.stdin.buffer.read(request["archive"]))
    if archive.getbuffer().nbytes != request["archive"]:
        raise ValueError("the connection ended before all was sent")
    return archive


def _rollback(layout: Layout, request: Mapping[str, Any], rest: list[str]) -> Answer:
    from dataclasses import asdict

    from .engines import Host, RealEngines
    from .release import rollback

    # By hand, the release is an argument.
    to = rest[0] if rest else request.get("to", "")
    return asdict(rollback(Host(layout, RealEngines()), to, request.get("token", "")))


def _activate(layout: Layout, _request: Mapping[str, Any], rest: list[str]) -> Answer:
    from dataclasses import asdict

    from .activate import activate
    from .engines import Host, RealEngines

    return asdict(activate(Host(layout, RealEngines()), rest[0]))


def _recover(layout: Layout, _request: Mapping[str, Any], _rest: list[str]) -> Answer:
    from .engines import Host, RealEngines
    from .recover import recover

    return recover(Host(layout, RealEngines()))


def _lock(layout: Layout, request: Mapping[str, Any], _rest: list[str]) -> Answer:
    from .held import alone, lock

    with alone(layout, "locking"):
        answer = lock(layout, request["do"], request["owner"], request["token"])
    if request["do"] == "free" and answer["ok"]:
        _tidy(layout)
    return answer


def _tidy(layout: Layout) -> None:
    """Clear what a deployment staged and did not release; while another one is at work here, that one will."""
    from .held import alone
    from .kept import clear_halves

    try:
        with alone(layout, "lock", wait=False):
            clear_halves(layout)
    except BlockingIOError:
        pass


def _drain(layout: Layout, request: Mapping[str, Any], _rest: list[str]) -> Answer:
    from .drains import drain

    return drain(layout, [int(number) for number in request["sets"]])


def _undrain(layout: Layout, request: Mapping[str, Any], _rest: list[str]) -> Answer:
    from .drains import undrain

    return undrain(layout, [int(number) for number in request["sets"]])


def _resync(_layout: Layout, request: Mapping[str, Any], _rest: list[str]) -> Answer:
    from .resync import resync

    return resync(request["at"], request["lines"])


def _calls(_layout: Layout, _request: Mapping[str, Any], _rest: list[str]) -> Answer:
    from .ask import UnreadableError
    from .ask_asterisk import channels
    from .ask_kamailio import dialogs

    found: dict[str, int | None] = {}
    for name, count in (("pbx", channels), ("sbc", dialogs)):
        try:
            found[name] = count()
        except UnreadableError:
            found[name] = None
    return found


def _neighbours(_layout: Layout, _request: Mapping[str, Any], _rest: list[str]) -> Answer:
    from .readback import READERS, ping, reached

    found = reached(READERS)
    ping(found)
    return {"reached": found}


def _record(layout: Layout, request: Mapping[str, Any], _rest: list[str]) -> Answer:
    from .held import alone
    from .history import append

    with alone(layout, "locking"):
        digest, lines = append(f"{layout.home}/history.jsonl", request["entry"])
    return {"ok": True, "sha256": digest, "lines": lines}


def _history(layout: Layout, request: Mapping[str, Any], _rest: list[str]) -> Answer:
    from .history import broken, whole_lines

    lines = whole_lines(f"{layout.home}/history.jsonl")
    return {"lines": lines[-request.get("last", 0) :], "broken": broken(lines)}


def _inside(_layout: Layout, _request: Mapping[str, Any], rest: list[str]) -> Answer:
    from .trial import inside

    return inside(*rest)


VERBS: dict[str, Verb] = {
    "observe": _observe,
    "stage": _stage,
    "release": _release,
    "rollback": _rollback,
    "lock": _lock,
    "drain": _drain,
    "resync": _resync,
    "undrain": _undrain,
    "calls": _calls,
    "neighbours": _neighbours,
    "record": _record,
    "history": _history,
    "recover": _recover,
    "activate": _activate,
    "inside": _inside,
}
"""`activate` and `inside` are called by this program itself: in a unit, and in the namespaces of the try-out."""

_UNASKED = ("recover", "activate", "inside")

_REPEATED = ("neighbours",)
"""Once answered, they may be asked again, until no more is."""
