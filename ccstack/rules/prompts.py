"""What callers hear: every prompt in every language, and recordings only after a notice."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ccstack.design import Design
from ccstack.design.index import path_of
from ccstack.design.prompts import in_place_key
from ccstack.model import Model, Prompt
from ccstack.problems import did_you_mean

from .names import said
from .rule import Hit, listed, rule

LONG_RETENTION_DAYS = 731
"""Longer than two years wants a reason on paper (GDPR Article 5(1)(e)); laws that need more name their years."""

_CARD_WORDS = re.compile(r"(^|_)(card|cards|pan|cvv|cvc|cvv2|creditcard|debitcard)(_|$)")
_CARD_DIGITS = range(15, 20)


@rule(
    "CC511",
    "unknown-language",
    "error",
    wrong="A number, a menu option or a prompt is in a language that the center does not have.",
    reason="A call in that language would find no prompts at all; a prompt in it is never heard.",
    remedy="Add the language to the center's `languages`, or correct it.",
)
def unknown_language(design: Design) -> Iterator[Hit]:
    """Numbers and options choose a language; prompts are made only in the center's."""
    known = design.center.languages
    spoken = {each.partition("-")[0] for each in known}
    for path, item, language in _languages(design):
        if language not in known and not (isinstance(item, Prompt) and language in spoken):
            yield Hit(path, item, f"the center does not have the language `{language}`", did_you_mean(language, known))


def _languages(design: Design) -> Iterator[tuple[str, Model, str]]:
    for number in design.index["numbers"].values():
        if number.language:
            yield f"{path_of(number)}.language", number, number.language
    for menu in design.index["menus"].values():
        for key, option in menu.options.items():
            if option.language:
                yield f"{path_of(menu)}.options.{key}.language", option, option.language
    for path, prompt in _prompts(design):
        yield from ((path, prompt, language) for language in (*prompt.text, *prompt.file))


def _prompts(design: Design) -> Iterator[tuple[str, Prompt]]:
    """Every prompt with the path at which it is written."""
    for name, prompt in design.index["prompts"].items():
        yield f"prompts.{name}", prompt
    for owner, field in said(design):
        value = getattr(owner, field)
        if isinstance(value, Prompt) and design.prompts.get(in_place_key(owner, field)) is value:
            yield f"{path_of(owner)}.{field}", value


@rule(
    "CC512",
    "prompt-lacks-language",
    "warning",
    wrong="A prompt is missing in one of the center's languages.",
    reason="Callers who chose that language hear it in another one, and may not understand what they are asked.",
    remedy="Add the text or a file in that language.",
)
def prompt_lacks_language(design: Design) -> Iterator[Hit]:
    """Files count like text, and a language without a region like all of its regions."""
    for path, prompt in _prompts(design):
        said_in = {*prompt.text, *prompt.file}
        missing = [each for each in design.center.languages if not {each, each.partition("-")[0]} & said_in]
        if missing:
            yield Hit(path, prompt, f"nothing is said in {listed(missing)}")


@rule(
    "CC521",
    "recording-without-notice",
    "error",
    wrong="Calls are recorded, and callers are not told before.",
    reason="Recording in secret is a crime in many places: about a dozen states of the US need the consent of "
    "everyone on the call, and nobody knows where a caller sits.",
    remedy="Write the `notice` that callers hear before anything is recorded.",
    sources=("Cal. Penal Code 632", "GDPR Article 13", "docs/call-semantics.md, recording"),
)
def recording_without_notice(design: Design) -> Iterator[Hit]:
    """Whatever the country: calls cross borders."""
    for recording in design.index["recordings"].values():
        if recording.notice is None:
            yield Hit(f"{path_of(recording)}.notice", recording, "there is no notice before the recording")


@rule(
    "CC522",
    "recording-without-refusal",
    "warning",
    wrong="Callers are told of the recording, but cannot refuse it.",
    reason="Who does not agree can only hang up; where consent is the legal basis it would not be a free one.",
    remedy="Set `refuse_key`, say it in the notice, and write `refused`.",
    sources=("GDPR Articles 7 and 21",),
)
def recording_without_refusal(design: Design) -> Iterator[Hit]:
    """A policy with a notice."""
    for recording in design.index["recordings"].values():
        if recording.notice is not None and recording.refuse_key is None:
            yield Hit(f"{path_of(recording)}.refuse_key", recording, "callers cannot refuse")


@rule(
    "CC523",
    "refusal-unconfirmed",
    "warning",
    wrong="A caller can refuse to be recorded, but hears nothing that confirms it.",
    reason="Nobody knows whether the key was taken; people press again, and the key means something else by then.",
    remedy="Write `refused`.",
)
def refusal_unconfirmed(design: Design) -> Iterator[Hit]:
    """The answer to the key."""
    for recording in design.index["recordings"].values():
        if recording.refuse_key is not None and recording.refused is None:
            message = f"the key {recording.refuse_key} refuses, and nothing is said then"
            yield Hit(f"{path_of(recording)}.refused", recording, message)


@rule(
    "CC524",
    "refused-but-no-key",
    "error",
    wrong="Something is said to callers who refuse to be recorded, but no key refuses.",
    reason="The notice may promise a choice that the center does not give.",
    remedy="Set `refuse_key`.",
)
def refused_but_no_key(design: Design) -> Iterator[Hit]:
    """The other way round than the rule before."""
    for recording in design.index["recordings"].values():
        if recording.refuse_key is None and recording.refused is not None:
            message = "`refused` is written, but there is no key to refuse"
            yield Hit(f"{path_of(recording)}.refuse_key", recording, message)


@rule(
    "CC525",
    "outbound-recorded-untold",
    "warning",
    wrong="Calls that agents make to the outside are recorded; the called party hears no notice.",
    reason="The notice is for callers. Without the agent saying it, such a recording is made in secret.",
    remedy="Set `outbound=False`, or make telling the called party part of the agents' script.",
    sources=("Cal. Penal Code 632",),
)
def outbound_recorded_untold(design: Design) -> Iterator[Hit]:
    """Only a person can say it there."""
    for recording in design.index["recordings"].values():
        if recording.outbound:
            yield Hit(f"{path_of(recording)}.outbound", recording, "called parties are recorded without a notice")


@rule(
    "CC526",
    "recording-kept-long",
    "info",
    wrong="Recordings are kept for more than two years.",
    reason="Personal data may be kept only as long as its purpose needs.",
    remedy="Shorten it, or write down which law needs it (MiFID II: five years; FTC sales rule: five years).",
    sources=("GDPR Article 5(1)(e)", "Delegated Regulation (EU) 2017/565 Article 76", "16 CFR 310.5"),
)
def recording_kept_long(design: Design) -> Iterator[Hit]:
    """A hint, for the report."""
    for recording in design.index["recordings"].values():
        if recording.retention_days > LONG_RETENTION_DAYS:
            yield Hit(f"{path_of(recording)}.retention_days", recording, f"{recording.retention_days:,} days")


@rule(
    "CC527",
    "card-number-collected",
    "error",
    wrong="A menu asks for the digits of a payment card.",
    reason="Collected digits stand in the call's record and on agents' screens; card codes must not be stored at all, "
    "card numbers only encrypted.",
    remedy="Take cards by a payment provider's service; ask here for a customer number.",
    sources=("PCI DSS 4.0.1, 3.3.1 and 3.5.1",),
)
def card_number_collected(design: Design) -> Iterator[Hit]:
    """By the length of card numbers (15 to 19 digits), or by the name."""
    for menu in design.index["menus"].values():
        if menu.collect and (menu.collect.digits in _CARD_DIGITS or _CARD_WORDS.search(menu.collect.name)):
            message = f"`{menu.collect.name}` of {menu.collect.digits} digits looks like a payment card"
            yield Hit(f"{path_of(menu)}.collect", menu.collect, message)
