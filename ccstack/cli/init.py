"""`ccstack init`: a blueprint to start from."""

from __future__ import annotations

import re
from pathlib import Path

import click

from ccstack.cli.common import Refused
from ccstack.load import examples_folder
from ccstack.model.base import NAME_PATTERN

STARTERS = {"corner-shop": "one host, two people, one queue", "acme-retail": "two sites, two carriers, two languages"}
"""What to start from: the examples, by the name of their center."""


@click.command("init", epilog="Starters: " + "; ".join(f"{name} ({what})" for name, what in STARTERS.items()) + ".")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--like", type=click.Choice(list(STARTERS)), default="corner-shop", show_default=True)
@click.option("--name", help="Name of the center; without it the folder's.")
def command(folder: Path, like: str, name: str | None) -> None:
    """Write FOLDER/center.py, a small center that works, to be changed into yours, and the tables that it reads."""
    name = name or folder.resolve().name.lower().replace("_", "-")
    if not re.match(NAME_PATTERN, name):
        raise Refused(f"{name!r} is no name for a center: lower-case letters, digits and hyphens; give one with --name")
    example = examples_folder() / like.replace("-", "_")
    files = sorted(each for each in example.iterdir() if each.is_file())
    made = {folder / each.name: each.read_text(encoding="utf-8") for each in files}
    for target in made:
        if target.exists():
            raise Refused(f"{target} is there already; it is left as it is")
    folder.mkdir(parents=True, exist_ok=True)
    for target, text in made.items():
        target.write_text(text.replace(f'name="{like}"', f'name="{name}"'), encoding="utf-8")
    click.echo(f"wrote {' and '.join(map(str, made))}; next: ccstack validate {folder / 'center.py'}")
