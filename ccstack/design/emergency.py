"""Where an emergency call goes, from where it says it comes, and whom a call-back reaches."""

from __future__ import annotations

from dataclasses import dataclass

from ccstack.model.site import CivicAddress, EmergencyLocation, Site

from .index import Index


@dataclass(frozen=True, slots=True)
class Dispatch:
    """The dispatchable location of one phone."""

    caller: str
    """The agent's, station's or probe's name."""
    site: str
    address: CivicAddress
    location: EmergencyLocation | None
    """None when the site declares none; a rule makes that an error."""


@dataclass(frozen=True, slots=True)
class Emergency:
    """Emergency calling, worked out per phone and per site."""

    dispatch: dict[str, Dispatch]
    """By the name of the agent, station or probe."""
    trunks: dict[str, tuple[str, ...]]
    """By site: emergency-capable trunks in the site's order, then every other trunk."""
    tests: dict[tuple[str, str], tuple[str, ...]]
    """By site and emergency test number: the trunks that have it, in the site's order."""
    callbacks: dict[str, tuple[str, ...]]
    """Call-back number to the `site/location` names that use it."""


def build_emergency(index: Index) -> Emergency:
    """Work out emergency calling."""
    sites: dict[str, Site] = index["sites"]
    phones = index.registering.values()
    dispatch = {
        p.name: Dispatch(p.name, p.site, sites[p.site].address, _location(sites[p.site], p))
        for p in phones
        if p.site in sites
    }
    callbacks: dict[str, tuple[str, ...]] = {}
    for site in sites.values():
        for location in site.emergency_locations:
            callbacks[location.callback] = (*callbacks.get(location.callback, ()), f"{site.name}/{location.name}")
    trunks = {name: _trunks(site, index) for name, site in sites.items()}
    return Emergency(dispatch, trunks, _tests(trunks, index), callbacks)


def _tests(trunks: dict[str, tuple[str, ...]], index: Index) -> dict[tuple[str, str], tuple[str, ...]]:
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for site, ordered in trunks.items():
        for trunk in ordered:
            if number := index["trunks"][trunk].emergency_test_number:
                found[site, number] = (*found.get((site, number), ()), trunk)
    return found


def _location(site: Site, phone: object) -> EmergencyLocation | None:
    wanted = getattr(phone, "emergency_location", None)
    if wanted is None:
        return next(iter(site.emergency_locations), None)
    return next((each for each in site.emergency_locations if each.name == wanted), None)


def _trunks(site: Site, index: Index) -> tuple[str, ...]:
    trunks = index["trunks"]
    capable = tuple(t for t in trunks if trunks[t].emergency)
    first = tuple(t for t in site.emergency_trunks if t in trunks)
    return tuple(dict.fromkeys((*first, *capable, *trunks)))
