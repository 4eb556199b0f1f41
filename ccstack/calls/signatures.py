"""Which tone pair stands for whom: prompts (where a center's speech is `tones`), agents, carriers and callers."""

from __future__ import annotations

from ccstack.design import Design

from .names import CALLER, carrier_place
from .tone import SIGNATURES, Tone, assign
from .trace import Ending


def prompt_tones(design: Design) -> dict[tuple[str, str], Tone]:
    """A tone pair for each prompt key and language. Raises `ValueError` when there are too many for telling apart."""
    default = design.center.languages[0]
    names = {
        (key, language): key if language == default else f"{key}.{language}"
        for key, prompt in design.prompts.items()
        for language in design.center.languages
        if language in prompt.text
    }
    tones = assign(names.values())
    return {each: tones[name] for each, name in names.items()}


def people_tones(design: Design) -> dict[str, Tone]:
    """A tone pair for each agent, station, gateway (`carrier.<trunk>`) and callers, none of which is a prompt's.

    Neither frequency of the callers' is one of these others': in a recording of both sides, two that are equal may be
    in antiphase and cancel each other out. Raises `ValueError` when there are too many for telling apart.
    """
    spoken = prompt_tones(design).values() if design.center.speech == "tones" else ()
    caller = assign([CALLER], avoid=spoken)[CALLER]
    like_caller = [tone for tone in SIGNATURES if set(tone.frequencies) & set(caller.frequencies)]
    others = [*design.index["agents"], *design.index["stations"], *_carriers(design)]
    return {CALLER: caller, **assign(others, avoid=[*spoken, *like_caller])}


def people_endings(design: Design) -> dict[str, Ending]:
    """What hearing a tone says: the agent who answered, or the carrier's gateway that was reached."""
    tones = people_tones(design)
    agents = {str(tones[a]): Ending("agent", (a,)) for a in (*design.index["agents"], *design.index["stations"])}
    return agents | {str(tones[c]): Ending("carrier", (c,)) for c in _carriers(design)}


def _carriers(design: Design) -> list[str]:
    return [carrier_place(t.name, n) for t in design.center.trunks for n in range(1, len(t.gateways) + 1)]
