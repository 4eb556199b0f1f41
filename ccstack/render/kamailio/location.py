"""Dispatchable locations as PIDF-LO (RFC 4119) with civic addresses (RFC 5139), as RFC 6442 carries them in SIP."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from ccstack.model.site import CivicAddress, EmergencyLocation
from ccstack.render.text import RenderError, one_line

_NO_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")
"""What passes for text, but has no place in XML 1.0 (section 2.2)."""


def pidf_lo(address: CivicAddress, location: EmergencyLocation, domain: str, path: str) -> str:
    """The location as one line of XML. The entity is the call-back number: a dispatcher has nothing better to name."""
    entity = f"sip:{location.callback}@{domain}"
    civic = "".join(f"<ca:{tag}>{_text(text, path)}</ca:{tag}>" for tag, text in _civic(address, location))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:gp="urn:ietf:params:xml:ns:pidf:geopriv10"'
        ' xmlns:ca="urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model"'
        f' entity="{escape(entity, quote=False)}"><dm:device id="phone"><gp:geopriv><gp:location-info>'
        f"<ca:civicAddress>{civic}</ca:civicAddress></gp:location-info>"
        "<gp:usage-rules><gp:retransmission-allowed>yes</gp:retransmission-allowed></gp:usage-rules>"
        "<gp:method>Manual</gp:method></gp:geopriv></dm:device></presence>"
    )


def _text(value: str, path: str) -> str:
    if _NO_XML.search(value):
        raise RenderError(path, value, "a character that XML cannot carry; write the address without it")
    return escape(one_line(value, path), quote=False)


def _civic(address: CivicAddress, location: EmergencyLocation) -> Iterator[tuple[str, str]]:
    """Elements in the order of the schema (RFC 5139 section 5)."""
    fields = (
        ("country", address.country),
        ("A1", address.state),
        ("A3", address.city),
        ("RD", address.street),
        ("HNO", address.house_number),
        ("FLR", location.floor),
        ("NAM", address.company),
        ("PC", address.postal_code),
        ("BLD", location.building),
        ("ROOM", location.room),
    )
    return ((tag, text) for tag, text in fields if text)
