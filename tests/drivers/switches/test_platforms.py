"""The table of what platforms can do: on its page word by word, and what counts as a refusal."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from ccstack.drivers.switches.platforms import NO_ARCHIVE, PLATFORMS, way_of
from ccstack.drivers.switches.ranges import with_ranges
from ccstack.drivers.switches.ways import with_exits
from ccstack.model.switch import Platform

PAGE = Path(__file__).parents[3] / "docs" / "switches.md"


def test_the_page_has_the_table() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert tuple(PLATFORMS) == get_args(Platform)
    for name, dialect in PLATFORMS.items():
        assert f"| {dialect.label} (`{name}`) | {dialect.reverts} |" in page
    assert f"| {NO_ARCHIVE} |" in page


def test_nothing_is_ever_reloaded() -> None:
    source = "".join(file.read_text() for file in Path(__file__).parents[3].glob("ccstack/drivers/switches/*.py"))
    assert '"reload' not in source


@pytest.mark.parametrize(
    ("platform", "said", "wrong"),
    [
        ("cisco-ios", "% Invalid input detected at '^' marker.\n", "% Invalid input detected at '^' marker."),
        ("cisco-ios", "Command rejected: Gi1/0/1 not a switching port.\n", "Command rejected: Gi1/0/1 not a switching"),
        ("cisco-ios", "%Warning: portfast should only be enabled on ports connected to a single\n host.", ""),
        ("cisco-ios", "%Portfast has been configured on Gi1/0/1 but will only have effect\n", ""),
        ("cisco-ios", "%LINK-5-CHANGED: Interface Gi1/0/1, changed state to down\n", ""),
        ("arista-eos", "% Incomplete command\n", "% Incomplete command"),
        ("aruba-aoscx", "Invalid input: vlann\n", "Invalid input: vlann"),
        ("juniper-junos", "               ^\nsyntax error.\n[edit]\n", "syntax error."),
        ("juniper-junos", "error: configuration check-out failed\n", "error: configuration check-out failed"),
    ],
)
def test_what_is_a_refusal(platform: Platform, said: str, wrong: str) -> None:
    found = PLATFORMS[platform].refuses(said)
    assert found.startswith(wrong) if wrong else not found


def test_only_an_archive_lets_ios_xe_go_back() -> None:
    assert way_of("cisco-ios-xe", "hostname a\narchive\n path flash:a\n!\n")[0] == "timer"
    assert way_of("cisco-ios-xe", "archive\n log config\ninterface X\n path y\n") == ("lines", NO_ARCHIVE)


def test_modes_are_left_where_a_line_means_something_else_in_them() -> None:
    lines = (
        "interface A",
        " x",
        "interface B",
        " y",
        "ip dhcp snooping",
        "policy-map P",
        " class C",
        "  d",
        " class E",
    )
    made = list(with_exits(lines, always=False))
    assert made[:6] == ["interface A", " x", "interface B", " y", "exit", "ip dhcp snooping"]
    assert made[6:] == ["policy-map P", " class C", "  d", "exit", " class E"]
    assert list(with_exits(lines[:4], always=True)) == ["interface A", " x", "exit", "interface B", " y", "exit"]


def test_ports_that_get_the_same_are_configured_together() -> None:
    ports = [f"interface Gi1/0/{number}" for number in (1, 2, 3, 7)]
    lines = ["vlan 1", *(line for port in ports for line in (port, f" description {port[-1]}", " switchport"))]
    made = with_ranges(lines)
    assert made[:3] == ["vlan 1", "interface range Gi1/0/1 - 3 , Gi1/0/7", " switchport"]
    assert made[3:5] == ["interface Gi1/0/1", " description 1"]
    assert len(made) == 11


def test_a_port_alone_is_no_range() -> None:
    lines = ["interface Gi1/0/1", " a", "vlan 2", "interface Gi1/0/2", " a"]
    assert with_ranges(lines) == lines
