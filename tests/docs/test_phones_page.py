"""What `docs/phones.md` shows is a blueprint that breaks no rule, a table that can be read, and patterns that work."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from ccstack.design import design
from ccstack.model.bulk import phones_from_csv
from ccstack.rules import check
from tests.rules.centers import agent, center, pbx, sbc, site

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "phones.md"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def executed(source: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(source, names)
    return names


def test_the_blueprint_of_the_page_breaks_no_rule() -> None:
    shown = executed(blocks("python")[0])
    nyc = site(name="nyc", networks=shown["networks"]).model_dump()
    floors = [*nyc.pop("emergency_locations"), {"name": "floor-2", "callback": "+12125550100"}]
    made = center(
        sites=[site(**nyc | {"emergency_locations": floors})],
        hosts=[pbx(site="nyc"), sbc(site="nyc"), *shown["hosts"]],
        agents=[agent(site="nyc"), agent("ben", "102", site="nyc")],
        switches=shown["switches"],
        stations=shown["stations"],
        phones=shown["phones"],
    )
    told = [(finding.name, finding.severity) for finding in check(design(made))]
    assert told == [("phones-not-patched", "info")], told


def test_the_table_of_the_page_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "phones.csv").write_text(blocks("csv")[0])
    ana, lobby = phones_from_csv(tmp_path / "phones.csv")
    assert [key.kind for key in ana.keys] == ["queue-login", "blf", "speed-dial"]
    assert lobby.port
    assert lobby.port.emergency_location == "lobby"


def test_the_patterns_of_the_page_work() -> None:
    made = executed(blocks("python")[2])
    assert len(made["desks"]) == 200
    assert [phone.port.interface for phone in made["phones_of_row_one"]] == ["Gi1/0/1", "Gi1/0/2"]
