"""Running a playbook by ansible-runner, and what it did to each host."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ccstack.model.host import Host

from .inventory import limit, playbooks_folder
from .session import Session

_FAILURES = ("runner_on_failed", "runner_on_unreachable")


@dataclass
class Played:
    """What a playbook did to one host."""

    failed: bool = False
    unreachable: bool = False
    changed: bool = False
    messages: list[str] = field(default_factory=list)
    answer: Mapping[str, Any] = field(default_factory=dict)
    """The result of the last task that ran."""


def play(
    session: Session,
    name: str,
    hosts: Sequence[Host],
    *,
    inventory: Path,
    variables: Mapping[str, str],
    forks: int,
    tell: Callable[[str, str, bool], None],
) -> dict[str, Played]:
    """Run the playbook `name` on `hosts`. `tell` hears of each host and task as it begins or fails."""
    played = {host.name: Played() for host in hosts}
    # Only those who deploy need Ansible; everything else works without.
    import ansible_runner

    private = session.folder / "runner"
    private.mkdir(mode=0o700, exist_ok=True)
    runner = ansible_runner.run(
        private_data_dir=str(private),
        playbook=str(playbooks_folder() / name),
        inventory=str(inventory),
        limit=limit(hosts),
        extravars=dict(variables),
        forks=forks,
        envvars=_environment(session),
        event_handler=lambda event: _hear(event, played, tell),
        quiet=True,
    )
    if runner.status == "failed" and not any(one.failed or one.unreachable for one in played.values()):
        _blame(played, "".join(runner.stdout).strip()[-2000:])
    return played


def _environment(session: Session) -> dict[str, str]:
    """Ansible keeps to the private folder, is the one of this Python, and reads no settings of anybody else.

    Its connections outlive it for a minute, so that it gets no secrets in its environment (`Session.variables`).
    """
    folder = session.folder
    (folder / "ansible.cfg").write_text("[defaults]\n")
    return dict.fromkeys(session.variables, "") | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "ANSIBLE_HOME": str(folder / "ansible"),
        "ANSIBLE_LOCAL_TEMP": str(folder / "ansible" / "tmp"),
        "ANSIBLE_HOST_KEY_CHECKING": "True",
        "ANSIBLE_RETRY_FILES_ENABLED": "False",
        "ANSIBLE_NOCOLOR": "True",
        "ANSIBLE_CONFIG": str(folder / "ansible.cfg"),
    }


def _hear(event: Mapping[str, Any], played: Mapping[str, Played], tell: Callable[[str, str, bool], None]) -> bool:
    data = event.get("event_data", {})
    host = data.get("host")
    if host not in played:
        return False
    kind, task = event["event"], str(data.get("task", ""))
    if kind == "runner_on_start":
        tell(host, task, False)
    elif kind in _FAILURES and not data.get("ignore_errors"):
        _fail(played[host], kind, data.get("res", {}), task)
        tell(host, task, True)
    elif kind == "runner_on_ok":
        played[host].answer = data.get("res", {})
        played[host].changed = played[host].changed or bool(played[host].answer.get("changed"))
    return False


def _fail(one: Played, kind: str, answer: Mapping[str, Any], task: str) -> None:
    one.failed, one.unreachable, one.answer = True, kind == "runner_on_unreachable", answer
    said = answer.get("messages") or [f"{task}: {_words(answer)}"]
    one.messages += [str(message) for message in said]


def _words(answer: Mapping[str, Any]) -> str:
    return str(answer.get("stdout") or answer.get("msg") or answer.get("stderr") or answer)[-2000:].strip()


def _blame(played: Mapping[str, Played], words: str) -> None:
    for one in played.values():
        one.failed = True
        one.messages.append(f"the playbook did not run: {words}")
