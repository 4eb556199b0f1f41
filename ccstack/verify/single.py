"""One live call: placed from a probe, or originated on a PBX at a time of one's choice, and heard by a probe."""

from __future__ import annotations

import shlex
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ccstack.calls.client import LiveCall, UserAgentProcess, WaitTimeoutError
from ccstack.calls.live import Placed, Sounds, follow, place
from ccstack.calls.protocol import AnswerPolicy, PlaceCall
from ccstack.calls.trace import Trace
from ccstack.design import Design
from ccstack.drivers.hosts.session import Session, open_session
from ccstack.model.host import Host
from ccstack.model.probe import Probe
from ccstack.secrets import Vault

from .calls import agrees
from .probes import CALLER_TONE, on_duty

CALLED_S = 30.0
"""How long it may take until the call that a PBX originated arrives at the probe."""

COMMAND_S = 60.0
"""How long a PBX host may take to do what it is told."""


class NotPlacedError(Exception):
    """The call could not be brought about; the text says on which host, and why."""


@dataclass(frozen=True, slots=True)
class Single:
    """A call that was placed, beside what the design says."""

    probe: str
    pbx: str | None
    """The PBX that originated it, for a call at a time of one's choice."""
    expected: Trace
    placed: Placed
    sounds: Sounds

    @property
    def agrees(self) -> bool:
        """Whether trace and call end at the same place, and the caller heard something."""
        return agrees(self.expected, self.placed)

    @property
    def prompts(self) -> tuple[tuple[float, str], ...]:
        """Prompts that were heard: seconds from the call's beginning, and the prompt's key."""
        first = self.placed.report.media.first_at or 0.0
        return tuple((round(first + p.at, 2), p.key) for p in self.placed.prompts)

    @property
    def heard(self) -> tuple[tuple[float, str], ...]:
        """All that was heard, in words, by seconds from the call's beginning."""
        tones = ((h.start, f"tone {h.tone}{self._whose(h.tone)}") for h in self.placed.report.media.heard)
        return tuple(sorted([*((at, f"prompt {key}") for at, key in self.prompts), *tones]))

    def _whose(self, tone: str) -> str:
        ending = self.sounds.tones.get(tone)
        return f", that of {' '.join(ending.names)}" if ending else ""

    @property
    def ending(self) -> str:
        """How it ended, in words."""
        if self.placed.ending.kind == "somebody":
            return f"somebody of {self.placed.ending.names[0]} (audio both ways, no prompt or music; who, no tone says)"
        return str(self.placed.ending)

    def as_json(self) -> dict[str, Any]:
        """Plain data, for the `live` part of `ccstack.call/1`."""
        report = self.placed.report
        media = report.media.model_dump(mode="json", exclude={"recording", "heard", "digits"})
        return {
            "probe": self.probe,
            "pbx": self.pbx,
            "agrees": self.agrees,
            "ending": asdict(self.placed.ending),
            "answered": report.answered,
            "status": report.status,
            "ended_by": report.ended_by,
            "post_dial_delay": report.post_dial_delay,
            "prompts": [{"at": at, "prompt": key} for at, key in self.prompts],
            "tones": [each.model_dump(mode="json") for each in report.media.heard],
            "media": media,
        }


def place_from(design: Design, vault: Vault, sounds: Sounds, probe: Probe, to: str, expected: Trace) -> Single:
    """`probe` calls `to` and acts out `expected`. Raises `AgentError`, also when the probe cannot register."""
    with on_duty(design, vault, probe) as agent, tempfile.TemporaryDirectory() as folder:
        order = PlaceCall(account=probe.name, to=to, sound=CALLER_TONE)
        return Single(probe.name, None, expected, place(agent, order, expected, design, sounds, Path(folder)), sounds)


def place_at(
    design: Design, vault: Vault, sounds: Sounds, probe: Probe, to: str, expected: Trace, when: datetime
) -> Single:
    """A call to `to` for which it is `when`: originated on a PBX over ssh, where alone the clock can be set.

    Raises `NotPlacedError`, and `AgentError` as `place_from` does.
    """
    hosts = [design.index["hosts"][name] for name in design.homes.site_pbxs[probe.site]]
    with tempfile.TemporaryDirectory() as folder:
        recording = Path(folder) / "call.wav"
        policy = AnswerPolicy(record=str(recording), sound=CALLER_TONE)
        with on_duty(design, vault, probe, policy) as agent:
            pbx, call = _called(agent, hosts, vault, probe, f"{when.timestamp():.0f}*{to.lstrip('+')}")
            return Single(probe.name, pbx, expected, follow(call, recording, expected, design, sounds), sounds)


def _called(
    agent: UserAgentProcess, hosts: Sequence[Host], vault: Vault, probe: Probe, exten: str
) -> tuple[str, LiveCall]:
    """The first PBX that lives originates the call, and the probe takes it."""
    command = f"channel originate Local/{exten}@clock/n extension {probe.name}@probes"
    failures = []
    with open_session(hosts, vault) as session:
        for host in hosts:
            try:
                _run(session, host, f"asterisk -rx {shlex.quote(command)}")
                return host.name, agent.wait_incoming(probe.name, timeout=CALLED_S)
            except NotPlacedError as error:
                failures.append(str(error))
            except WaitTimeoutError:
                failures.append(f"{host.name}: originated the call, but none came to {probe.name} in {CALLED_S:g} s")
    raise NotPlacedError("no PBX could place the call:\n" + "\n".join(f"    {each}" for each in failures))


def _run(session: Session, host: Host, command: str) -> None:
    try:
        ran = subprocess.run(
            session.command(host, command),
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=COMMAND_S,
            check=False,
            env=session.environment(host),
        )
    except subprocess.TimeoutExpired:
        raise NotPlacedError(f"{host.name}: no answer within {COMMAND_S:g} s") from None
    except FileNotFoundError:
        raise NotPlacedError("there is no ssh on this machine; install it (apt install openssh-client)") from None
    if ran.returncode != 0:
        said = ran.stderr.strip() or ran.stdout.strip() or f"ssh ended with code {ran.returncode}"
        raise NotPlacedError(f"{host.name}: {said}")
