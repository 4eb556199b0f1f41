"""What must be true on live hosts and on live calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import testinfra

from ccstack.drivers.hosts.session import Session
from ccstack.model.host import Host
from ccstack.render.state import DesiredState, HostState

from .hosts import check_host
from .results import Result

__all__ = ["Result", "check_hosts", "connected"]


def check_hosts(session: Session, state: DesiredState, only: Iterable[str] = ()) -> Iterator[Result]:
    """Check every host, several at a time; results come host by host. A host that does not answer is an `error`."""
    names = set(only) or {h.name for h in state.hosts}
    chosen = [(h, s) for s in state.hosts if s.name in names for h in session.hosts if h.name == s.name]
    with ThreadPoolExecutor(max_workers=8) as pool:
        for results in pool.map(lambda pair: _one(session, *pair), chosen):
            yield from results


def connected(session: Session, host: Host) -> Any:
    """The testinfra host of a host."""
    sudo = "&sudo=true" if host.access.user != "root" else ""
    place = f"ssh_config={session.ssh_config}&controlpath={session.folder}/s/%C"
    return testinfra.get_host(f"ssh://{host.name}?{place}{sudo}")


def _one(session: Session, host: Host, state: HostState) -> Sequence[Result]:
    connection = connected(session, host)
    try:
        answer = connection.run("true")
    except RuntimeError as error:  # testinfra's word for ssh's exit code 255
        found = error.args[0] if error.args else error
        said = getattr(found, "stderr", "").strip()
        return [Result(host.name, "the host answers", "error", said or str(error))]
    if answer.rc != 0:
        return [Result(host.name, "the host answers", "error", answer.stderr.strip() or f"ssh exits with {answer.rc}")]
    return [Result(host.name, "the host answers", "pass"), *check_host(connection, state)]
