"""Which lab a verb means: the one that is named, or the only one that is up."""

from __future__ import annotations

import click

from ccstack.cli.common import Refused, progress
from ccstack.lab.lab import Lab
from ccstack.lab.state import DEFAULT_PLACES

option = click.option("--lab", "name", metavar="NAME", help="Which lab; needed only while several are up.")


def named(name: str | None) -> Lab:
    """The lab of that name; without one, the one that there is. Ends with 2 if that is not one."""
    if name is None:
        names = _labs_here()
        if len(names) != 1:
            which = (
                f"say which with --lab: {', '.join(names)}" if names else "raise one with `ccstack lab up BLUEPRINT`"
            )
            raise Refused(f"there are {len(names)} labs on this machine; {which}")
        name = names[0]
    return Lab(name, say=progress)


def _labs_here() -> list[str]:
    """Labs that are up, and those of which a crash left something."""
    folders = [folder for folder in (DEFAULT_PLACES.run, DEFAULT_PLACES.disks) if folder.is_dir()]
    return sorted({lab.name for folder in folders for lab in folder.iterdir() if lab.is_dir()})
