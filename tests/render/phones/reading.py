"""What the phones' files say, read by parsers that share nothing with the renderer."""

from __future__ import annotations

from xml.etree import ElementTree


def yealink(text: str) -> dict[str, str]:
    """`key = value`, the last one wins; `%NULL%` is nothing."""
    first, *rest = text.split("\n")
    assert first == "#!version:1.0.0.1"
    pairs = [line.split("=", 1) for line in rest if line.strip() and not line.startswith("#")]
    return {key.strip(): "" if value.strip() == "%NULL%" else value.strip() for key, value in pairs}


def poly(text: str) -> dict[str, str]:
    """Every attribute of every element."""
    return {name: value for element in ElementTree.fromstring(text).iter() for name, value in element.attrib.items()}


def directory(text: str) -> dict[str, tuple[str, str]]:
    """Poly's speed dials: number to name and contact."""
    items = ElementTree.fromstring(text).iter("item")
    return {i.findtext("sd", ""): (i.findtext("ln", ""), i.findtext("ct", "")) for i in items}


def snom(text: str) -> dict[str, str]:
    """Settings by name and index; keys as `fkey.N` and `fkey.N.label`."""
    root = ElementTree.fromstring(text)
    found: dict[str, str] = {}
    for element in root.find("phone-settings") or ():
        index = element.get("idx")
        found[f"{element.tag}.{index}" if index else element.tag] = element.text or ""
    for key in root.find("functionKeys") or ():
        found[f"fkey.{key.get('idx')}"] = key.text or ""
        found[f"fkey.{key.get('idx')}.label"] = key.get("label", "")
    certificate = root.find("certificates/certificate")
    assert certificate is not None
    return found | {"certificate": certificate.get("url", "")}


def flat(text: str) -> dict[str, str]:
    """Elements by tag: Grandstream's P-values, Cisco's profile."""
    return {element.tag: element.text or "" for element in ElementTree.fromstring(text).iter()}


def linphone(text: str) -> dict[str, str]:
    """Entries as `section.name`."""
    space = "{http://www.linphone.org/xsds/lpconfig.xsd}"
    return {
        f"{section.get('name')}.{entry.get('name')}": entry.text or ""
        for section in ElementTree.fromstring(text).iter(f"{space}section")
        for entry in section
    }


def functions(text: str) -> dict[str, str]:
    """A Cisco line key: `fnc=...;nme=...`."""
    return dict(part.split("=", 1) for part in text.split(";"))
