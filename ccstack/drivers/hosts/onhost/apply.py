"""How running processes take over changed files: one named command per apply class, none of which is a guess."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .ask import UnreadableError
from .ask_asterisk import UNLOADABLE, missing_modules, unloadable
from .ask_phone_services import kea
from .disk import folders, put, remove
from .shell import Ran, run
from .units import RESTARTS, UNIT_OF, unit_of

Expect = Mapping[str, Any]
Steps = tuple[tuple[str, ...], ...]


def _asterisk(*commands: str) -> Callable[[Expect], Steps]:
    return lambda _expect: tuple(("asterisk", "-rx", command) for command in commands)


def _kamailio(*commands: str) -> Callable[[Expect], Steps]:
    return lambda _expect: tuple(("kamcmd", *command.split()) for command in commands)


KEA = "kea"
"""A step that begins so is a command for Kea's control socket: unlike a signal, it is answered."""


def _plain(*commands: tuple[str, ...]) -> Callable[[Expect], Steps]:
    return lambda _expect: commands


def _cdr(expect: Expect) -> Steps:
    loaded = {name.removesuffix(".so") for name in expect["modules"]}
    back_ends = [f"{name}.so" for name in _CDR_BACK_ENDS if name in loaded]
    return tuple(("asterisk", "-rx", f"module reload {name}") for name in ("cdr", "cel", *back_ends))


_CDR_BACK_ENDS = ("cdr_csv", "cdr_custom", "cdr_manager", "cel_custom", "cel_manager")


def _dialplan(expect: Expect) -> Steps:
    """Queues' members are no configuration: who is logged in where is brought in line with the new dialplan."""
    steps = (("asterisk", "-rx", "dialplan reload"),)
    in_line = ("asterisk", "-rx", "channel originate Local/deploy@agent-sync/n application Wait 1")
    return (*steps, in_line) if "agent-sync" in expect["contexts"] else steps


def _modules(expect: Expect) -> Steps:
    """Load what somebody unloaded, in modules.conf's order: reloads of what is not there fail."""
    try:
        missing = missing_modules(expect.get("modules", ()))
    except UnreadableError:
        # The steps after this one say that it does not answer.
        return ()
    return tuple(("asterisk", "-rx", f"module load {name}.so") for name in missing)


def _htables(expect: Expect) -> Steps:
    return tuple(("kamcmd", "htable.reload", name) for name in sorted(expect["htables"]))


CLASSES: dict[str, Callable[[Expect], Steps]] = {
    "systemd": _plain(("systemctl", "daemon-reload")),
    "hostname": _plain(("hostname", "-F", "/etc/hostname")),
    "journald": _plain(("systemctl", "restart", "systemd-journald.service")),
    "nftables": _plain(("nft", "-f", "/etc/nftables.conf")),
    "chrony": _plain(("systemctl", "restart", "chrony.service")),
    "rtpengine-restart": _plain(("systemctl", "daemon-reload"), ("systemctl", "restart", UNIT_OF["rtpengine"])),
    "kea-reload": _plain((KEA, "config-reload")),
    "dnsmasq-restart": _plain(("systemctl", "daemon-reload"), ("systemctl", "restart", UNIT_OF["dnsmasq"])),
    "nginx-reload": _plain(("systemctl", "reload", UNIT_OF["nginx"])),
    "phones": _plain(),
    "asterisk-restart": _plain(("systemctl", "daemon-reload"), ("systemctl", "restart", UNIT_OF["asterisk"])),
    "asterisk-modules": _modules,
    "asterisk-logger": _asterisk("logger reload"),
    "asterisk-pjsip": _asterisk("module reload res_pjsip.so"),
    "asterisk-rtp": _asterisk("module reload res_rtp_asterisk.so"),
    "asterisk-features": _asterisk("module reload features"),
    "asterisk-music": _asterisk("moh reload"),
    "asterisk-voicemail": _asterisk("voicemail reload"),
    "asterisk-queues": _asterisk("queue reload all"),
    "asterisk-cdr": _cdr,
    "asterisk-dialplan": _dialplan,
    "kamailio-restart": _plain(("systemctl", "daemon-reload"), ("systemctl", "restart", UNIT_OF["kamailio"])),
    "kamailio-tls": _kamailio("tls.reload"),
    "kamailio-htable": _htables,
    "kamailio-permissions": _kamailio("permissions.addressReload"),
    "kamailio-dispatcher": _kamailio("dispatcher.ping_active 1", "dispatcher.reload"),
    "kamailio-uac": _kamailio("uac.reg_reload"),
    "none": _plain(),
}
"""Apply class to commands, in the order in which they are run: the ground first, the SBC's routes last. `phones` is no
command's on this host: a phone asks for its file when it starts, or when an SBC tells it to."""

_REFUSALS = (
    "No such command",
    "Unable to connect",
    "No such module",
    "Unable to load module",
    "error: 500",
    "error: 404",
    "error: 400",
)
"""Both command lines exit with 0 or print an error alike; this is how they say no."""


def apply(classes: Iterable[str], expect: Expect, already_fresh: frozenset[str]) -> tuple[Ran, ...]:
    """Have the processes take over changes of `classes`. Units in `already_fresh` have just been started: no need."""
    asked = frozenset(classes)
    if any(unit_of(name) == UNIT_OF["asterisk"] for name in asked):
        asked |= {"asterisk-modules"}
    wanted = _without_needless(asked, already_fresh)
    return tuple(_run(step) for name in CLASSES if name in wanted for step in CLASSES[name](expect))


def _run(step: tuple[str, ...]) -> Ran:
    # Kamailio refuses a second reload within its reload_delta (5 s unless the script says otherwise).
    deadline = time.monotonic() + 15
    if step[0] == KEA:
        return _told_kea(step)
    ran = run(*step)
    while "ngoing reload" in ran.output and time.monotonic() < deadline:
        time.sleep(0.5)
        ran = run(*step)
    ran = _said_yes(ran)
    _note_modules(step, ran)
    return ran


def _told_kea(step: tuple[str, ...]) -> Ran:
    try:
        kea(step[1])
    except UnreadableError as why:
        return Ran(step, 1, str(why))
    return Ran(step, 0, "")


_LOAD = "module load "


def _note_modules(step: tuple[str, ...], ran: Ran) -> None:
    """A module that does not load is noted, so that the next plan has Asterisk restart; that forgets the note."""
    if step[-1].startswith(_LOAD) and not ran.ok:
        names = unloadable() | {step[-1][len(_LOAD) :].removesuffix(".so")}
        folders(os.path.dirname(UNLOADABLE), 0o700)
        put(UNLOADABLE, "\n".join(sorted(names)).encode())
    elif step[:2] == ("systemctl", "restart") and step[-1] == UNIT_OF["asterisk"]:
        remove(UNLOADABLE)


def _without_needless(classes: frozenset[str], fresh: frozenset[str]) -> frozenset[str]:
    restarted = {unit_of(name) for name in classes & RESTARTS}
    return frozenset(name for name in classes if _is_needed(name, restarted, fresh))


def _is_needed(name: str, restarted: set[str], fresh: frozenset[str]) -> bool:
    unit = unit_of(name)
    return not unit or (unit not in fresh and (name in RESTARTS or unit not in restarted))


def _said_yes(ran: Ran) -> Ran:
    refused = any(refusal in ran.output for refusal in _REFUSALS)
    return Ran(ran.command, 1, ran.output) if refused and ran.ok else ran


def in_order(classes: Iterable[str]) -> list[str]:
    """Apply classes in the order in which they are run, without `none`."""
    wanted = frozenset(classes)
    return [name for name in CLASSES if name in wanted and name != "none"]
