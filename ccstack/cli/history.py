"""`ccstack history`: what was deployed, by whom, and whether the record is whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from ccstack.cli.common import NO, UNKNOWN, blueprint, loaded, opened, print_json, progress, reached
from ccstack.drivers.base import Unknown
from ccstack.drivers.history import SCHEMA, Log, faults, read
from ccstack.model import ContactCenter


@click.command("history")
@blueprint
@click.option("--verify", is_flag=True, help="Look for lines that were changed or removed, here and on every host.")
@click.option("--json", "in_json", is_flag=True, help="As JSON.")
@click.pass_context
def command(ctx: click.Context, file: Path, verify: bool, in_json: bool) -> None:
    """Show what was deployed from this machine: when, by whom, which blueprint, and what became of each host.

    With --verify, exit code 0: the record is whole, here and on every host; 1: it is not; 3: some host could not be
    asked.
    """
    center = loaded(file)
    log = Log.of(center.name)
    if not verify:
        _print(log, in_json)
        return
    hosts = _on_hosts(center, file)
    found, unknown = faults(log, hosts), {name: one.why for name, one in hosts.items() if isinstance(one, Unknown)}
    _print_verdict(log, hosts, found, unknown, in_json)
    ctx.exit(NO if found else UNKNOWN if unknown else 0)


def _on_hosts(center: ContactCenter, file: Path) -> Mapping[str, tuple[str, ...] | Unknown]:
    with reached(center, opened(center, file)) as within:
        return within.driver.history([host.name for host in center.hosts])


def _print(log: Log, in_json: bool) -> None:
    entries = list(log.entries())
    if in_json:
        print_json({"schema": SCHEMA, "file": str(log.file), "entries": entries})
        return
    for entry in entries:
        click.echo(_line(entry))
        for name, host in entry["results"].items():
            for message in host["messages"] if host["status"] not in ("unchanged", "changed") else ():
                click.echo(f"    {name}: {message}")
    if not entries:
        progress(f"nothing was deployed from here: {log.file} is not there or empty")


def _line(entry: Mapping[str, Any]) -> str:
    counts = Counter(host["status"] for host in entry["results"].values())
    hosts = ", ".join(f"{number} {status}" for status, number in counts.items())
    what = f" {entry['blueprint'][:8]}" if entry["blueprint"] else ""
    return f"{entry['when']}  {entry['who']}  {entry['verb']}{what}: {hosts}"


def _print_verdict(
    log: Log,
    hosts: Mapping[str, tuple[str, ...] | Unknown],
    found: list[str],
    unknown: Mapping[str, str],
    in_json: bool,
) -> None:
    lines = {name: len(one) for name, one in hosts.items() if not isinstance(one, Unknown)}
    if in_json:
        told = {"file": str(log.file), "ok": not (found or unknown), "faults": found, "unknown": dict(unknown)}
        print_json({"schema": SCHEMA} | told | {"lines": {"here": len(log.lines())} | lines})
        return
    for words in found:
        click.echo(words)
    for name, why in unknown.items():
        click.echo(f"{name}: not checked: {why}")
    elsewhere = _elsewhere(log, hosts)
    if elsewhere:
        click.echo(f"{elsewhere} entries on hosts were made from other machines")
    click.echo(f"{len(log.lines())} entries here, {sum(lines.values())} on {len(lines)} hosts: {_verdict(found)}")


def _verdict(found: list[str]) -> str:
    return f"{len(found)} faults" if found else "whole"


def _elsewhere(log: Log, hosts: Mapping[str, tuple[str, ...] | Unknown]) -> int:
    mine = {entry["id"] for entry in log.entries()}
    theirs = (read(line) for lines in hosts.values() if not isinstance(lines, Unknown) for line in lines)
    return len({entry["id"] for entry in theirs if entry and entry.get("id") not in mine})
