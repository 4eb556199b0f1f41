"""What must be true on a live host, asked with testinfra."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ccstack.render.state import Artifact, File, HostState

from .results import Result


@dataclass(frozen=True, slots=True)
class Seen:
    """One thing that was looked at: what should be so, whether it is, and what was there instead."""

    claim: str
    holds: bool
    instead: str = ""


PING_SECONDS = 20
"""PBXs ping each other every ten seconds: one that has just come up is silent for so long at most."""

FILES_AT_ONCE = 500
"""Paths in one command: a command line has a longest length (128 KiB an argument, execve(2)), and phones many files."""

Check = Callable[[Any, HostState], Iterable[Seen]]


def check_host(host: Any, state: HostState) -> Iterator[Result]:
    """Every check on one host (a testinfra `Host`). A check that cannot be made is an `error`, never a pass."""
    for check in CHECKS:
        began = time.monotonic()
        try:
            seen = list(check(host, state))
        except Exception as error:  # whatever the backend raises, the other checks go on
            detail = f"{type(error).__name__}: {error}"
            yield Result(state.name, _title(check), "error", detail, time.monotonic() - began)
            continue
        each = (time.monotonic() - began) / max(1, len(seen))
        for one in seen:
            yield Result(state.name, one.claim, "pass" if one.holds else "fail", one.instead, each)


def _title(check: Check) -> str:
    return check.__name__.strip("_").replace("_", " ")


def _units_run(host: Any, state: HostState) -> Iterator[Seen]:
    for unit in state.units:
        service = host.service(unit.name)
        yield Seen(f"{unit.name} is running", service.is_running, "systemctl status tells more")
        yield Seen(f"{unit.name} starts at boot", service.is_enabled, f"systemctl enable {unit.name}")


def _no_unit_has_failed(host: Any, _: HostState) -> Iterator[Seen]:
    failed = host.run("systemctl list-units --failed --plain --no-legend").stdout.split("\n")
    names = [line.split()[0] for line in failed if line.strip()]
    yield Seen("no unit has failed", not names, ", ".join(names))


def _files_are_as_rendered(host: Any, state: HostState) -> Iterator[Seen]:
    """Owner and mode of all files, many in one command; content is the deployment's own comparison."""
    owned: tuple[File | Artifact, ...] = (*state.files, *state.artifacts)
    wanted = {f.path: (f.owner, f.group, f"{f.mode:o}") for f in owned}
    there: dict[str, tuple[str, ...]] = {}
    for some in _batches(list(wanted)):
        out = host.run("stat -L -c '%%n|%%U|%%G|%%a' " + " ".join(["%s"] * len(some)), *some).stdout
        there |= {line.split("|")[0]: tuple(line.split("|")[1:]) for line in out.splitlines()}
    wrong = [f"{p} is {' '.join(there.get(p, ('missing',)))}" for p, as_ in wanted.items() if there.get(p) != as_]
    yield Seen(f"{len(wanted)} files are there with their owners and modes", not wrong, "; ".join(wrong[:5]))


def _batches(paths: list[str]) -> Iterator[list[str]]:
    return (paths[at : at + FILES_AT_ONCE] for at in range(0, len(paths), FILES_AT_ONCE))


def _asterisk_has_what_was_rendered(host: Any, state: HostState) -> Iterator[Seen]:
    expected = state.expectation
    if not expected.endpoints and not expected.contexts:
        return
    has = {
        "endpoints": (set(expected.endpoints), _first_words(host, "pjsip show endpoints", "Endpoint:")),
        "queues": (
            set(expected.queues),
            {line.split()[0] for line in _asterisk(host, "queue show") if " has " in line},
        ),
    }
    for what, (wanted, there) in has.items():
        missing = sorted(wanted - there)
        yield Seen(
            f"Asterisk has the {len(wanted)} {what} of the design", not missing, f"missing: {', '.join(missing[:5])}"
        )


def _sbcs_answer_the_pbx(host: Any, state: HostState) -> Iterator[Seen]:
    if not state.expectation.endpoints:
        return
    deadline = time.monotonic() + PING_SECONDS
    while (names := _silent_contacts(host)) and time.monotonic() < deadline:
        time.sleep(1)
    yield Seen("every qualified contact answers OPTIONS", not names, f"silent: {', '.join(names)}")


def _silent_contacts(host: Any) -> list[str]:
    lines = [line for line in _asterisk(host, "pjsip show contacts") if "Contact:" in line and " Unavail " in line]
    return [line.split()[1] for line in lines]


def _kamailio_reaches_its_destinations(host: Any, state: HostState) -> Iterator[Seen]:
    wanted = state.expectation.dispatcher
    if not wanted:
        return
    there = {(set_id, uri): flags for set_id, uri, flags in _dispatcher(host)}
    missing = [f"{i} {uri}" for i, uri in wanted if (i, uri) not in there]
    yield Seen(
        f"Kamailio has the {len(wanted)} destinations of the design", not missing, f"missing: {'; '.join(missing)}"
    )
    down = sorted({uri for (_, uri), flags in there.items() if not flags.startswith("A")})
    yield Seen("every destination answers Kamailio's OPTIONS", not down, f"silent: {'; '.join(down)}")


def _dispatcher(host: Any) -> Iterator[tuple[int, str, str]]:
    answer = host.run("kamcmd -s unix:/run/kamailio/kamailio_ctl dispatcher.list").stdout
    set_id, uri = 0, ""
    for line in answer.splitlines():
        key, _, value = line.strip().partition(": ")
        if key == "ID":
            set_id = int(value)
        elif key == "URI":
            uri = value
        elif key == "FLAGS":
            yield set_id, uri, value


def _kea_has_its_networks(host: Any, state: HostState) -> Iterator[Seen]:
    file = next((f for f in state.files if f.apply == "kea-reload"), None)
    if file is None:
        return
    wanted = _ports(json.loads(file.text))
    answer = host.run("python3 -c %s", _ASK_KEA)
    there = _ports(json.loads(answer.stdout)["arguments"])
    missing = sorted(wanted.keys() - there.keys())
    yield Seen(f"Kea has the {len(wanted)} networks and ports of the design", not missing, ", ".join(missing[:5]))


_ASK_KEA = """
import socket
line = socket.socket(socket.AF_UNIX)
line.connect("/run/kea/kea4-ctrl-socket")
line.sendall(b'{"command": "config-get"}')
while part := line.recv(65536):
    print(part.decode(), end="")
"""


def _ports(config: Any) -> dict[str, str]:
    """Networks and the addresses of ports in them, with what tells a port."""
    subnets = config["Dhcp4"]["subnet4"]
    known = {str(one["subnet"]): "" for one in subnets}
    return known | {port["ip-address"]: port["circuit-id"] for one in subnets for port in one["reservations"]}


def _phones_files_are_refused_to_strangers(host: Any, state: HostState) -> Iterator[Seen]:
    phones = [f.path.rpartition("/")[2] for f in state.files if f.apply == "phones"]
    for served, _certificate in state.expectation.https:
        # The certificate is compared in every plan; here it is asked what a stranger gets.
        for name, right in (("ca.pem", "200"), *((name, "401") for name in phones[:1])):
            status = host.run("python3 -c %s %s", _ASK_NGINX, f"https://{served}/{name}").stdout.strip()
            what = (
                "gives the center's CA to everybody" if right == "200" else "asks for a password before a phone's file"
            )
            yield Seen(f"nginx {what}", status == right, f"https://{served}/{name}: {status or 'no answer'}")


_ASK_NGINX = """
import ssl, sys, urllib.error, urllib.request
try:
    print(urllib.request.urlopen(sys.argv[1], timeout=5, context=ssl._create_unverified_context()).status)
except urllib.error.HTTPError as error:
    print(error.code)
"""


def _firewall_is_loaded(host: Any, state: HostState) -> Iterator[Seen]:
    if not any(f.apply == "nftables" for f in state.files):
        return
    answer = host.run("nft -j list ruleset")
    chains = [o["chain"] for o in json.loads(answer.stdout or "{}").get("nftables", ()) if "chain" in o]
    closed = any(c.get("hook") == "input" and c.get("policy") == "drop" for c in chains)
    yield Seen(
        "the firewall drops what is not allowed", closed, "no input chain with policy drop: run nft list ruleset"
    )


def _asterisk(host: Any, command: str) -> list[str]:
    result = host.run("asterisk -rx %s", command)
    if result.rc != 0:
        raise RuntimeError(
            f"asterisk -rx '{command}' exits with {result.rc}: {result.stderr.strip() or result.stdout.strip()}"
        )
    return str(result.stdout).splitlines()


def _first_words(host: Any, command: str, mark: str) -> set[str]:
    lines = [line.split() for line in _asterisk(host, command)]
    return {words[1].split("/")[0] for words in lines if len(words) > 1 and words[0] == mark}


CHECKS: tuple[Check, ...] = (
    _units_run,
    _no_unit_has_failed,
    _files_are_as_rendered,
    _asterisk_has_what_was_rendered,
    _sbcs_answer_the_pbx,
    _kamailio_reaches_its_destinations,
    _kea_has_its_networks,
    _phones_files_are_refused_to_strangers,
    _firewall_is_loaded,
)
