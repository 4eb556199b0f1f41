"""Prompts that a center needs without anybody writing them. A prompt of the same name in the blueprint wins."""

from __future__ import annotations

from collections.abc import Iterator

from ccstack.model.prompt import Prompt
from ccstack.model.site import EmergencyLocation, Site

from .index import Index

_FEATURES = {
    "builtin-logged-in": {
        "en": "You are logged in.",
        "es": "Ha iniciado sesión.",
        "fr": "Vous êtes connecté.",
        "de": "Sie sind angemeldet.",
    },
    "builtin-logged-out": {
        "en": "You are logged out.",
        "es": "Ha cerrado la sesión.",
        "fr": "Vous êtes déconnecté.",
        "de": "Sie sind abgemeldet.",
    },
    "builtin-paused": {
        "en": "You are paused.",
        "es": "Está en pausa.",
        "fr": "Vous êtes en pause.",
        "de": "Sie sind in Pause.",
    },
    "builtin-resumed": {
        "en": "You are ready.",
        "es": "Está disponible.",
        "fr": "Vous êtes disponible.",
        "de": "Sie sind bereit.",
    },
    "builtin-no-such-reason": {
        "en": "There is no such reason for a pause.",
        "es": "Ese motivo de pausa no existe.",
        "fr": "Ce motif de pause n'existe pas.",
        "de": "Diesen Pausengrund gibt es nicht.",
    },
    "builtin-desk-login": {
        "en": "Welcome to this desk.",
        "es": "Bienvenido a este puesto.",
        "fr": "Bienvenue à ce poste.",
        "de": "Willkommen an diesem Platz.",
    },
    "builtin-desk-logout": {
        "en": "You have left this desk.",
        "es": "Ha dejado este puesto.",
        "fr": "Vous avez quitté ce poste.",
        "de": "Sie haben diesen Platz verlassen.",
    },
    "builtin-desk-refused": {
        "en": "That is not possible here.",
        "es": "Eso no es posible aquí.",
        "fr": "Ce n'est pas possible ici.",
        "de": "Das ist hier nicht möglich.",
    },
}

_QUEUE = {
    "builtin-queue-next": {
        "en": "You are next in line.",
        "es": "Usted es el siguiente.",
        "fr": "Vous êtes le prochain.",
        "de": "Sie sind der Nächste.",
    },
    "builtin-queue-position": {
        "en": "You are caller number",
        "es": "Usted es la llamada número",
        "fr": "Vous êtes l'appel numéro",
        "de": "Sie sind Anrufer Nummer",
    },
    "builtin-queue-waiting": {
        "en": "in line.",
        "es": "en la cola.",
        "fr": "dans la file.",
        "de": "in der Warteschlange.",
    },
    "builtin-queue-holdtime": {
        "en": "The expected wait is about",
        "es": "El tiempo de espera es de unos",
        "fr": "L'attente est d'environ",
        "de": "Die Wartezeit beträgt etwa",
    },
    "builtin-queue-minute": {"en": "minute.", "es": "minuto.", "fr": "minute.", "de": "Minute."},
    "builtin-queue-minutes": {"en": "minutes.", "es": "minutos.", "fr": "minutes.", "de": "Minuten."},
    "builtin-queue-seconds": {"en": "seconds.", "es": "segundos.", "fr": "secondes.", "de": "Sekunden."},
    "builtin-queue-thanks": {
        "en": "Thank you for your patience.",
        "es": "Gracias por su paciencia.",
        "fr": "Merci de votre patience.",
        "de": "Danke für Ihre Geduld.",
    },
}

_EMERGENCY = {
    "builtin-emergency": {
        "en": "Attention. An emergency number was called. The place and the extension of the caller are:",
        "es": "Atención. Se ha llamado a un número de emergencia. El lugar y la extensión son:",
        "fr": "Attention. Un numéro d'urgence a été appelé. Le lieu et le poste sont:",
        "de": "Achtung. Ein Notruf wurde gewählt. Der Ort und die Nebenstelle sind:",
    }
}

_EN = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
_ES = (
    "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete "
    "dieciocho diecinueve veinte veintiuno veintidós veintitrés veinticuatro veinticinco veintiséis veintisiete "
    "veintiocho veintinueve treinta"
)
_FR = (
    "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit "
    "dix-neuf vingt"
)
_DE = (
    "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn "
    "achtzehn neunzehn zwanzig"
)


def _tens(words: str, first: int, step: int = 10) -> dict[str, str]:
    return {str(first + step * n): word for n, word in enumerate(words.split())}


_NUMBERS: dict[str, dict[str, str]] = {
    "en": {
        **_tens(_EN + "eighteen nineteen", 0, 1),
        **_tens("twenty thirty forty fifty sixty seventy eighty ninety", 20),
        "hundred": "hundred",
        "thousand": "thousand",
    },
    "es": {
        **_tens(_ES, 0, 1),
        **_tens("cuarenta cincuenta sesenta setenta ochenta noventa cien", 40),
        "and": "y",
        "100-and": "ciento",
    },
    "fr": {
        **_tens(_FR, 0, 1),
        **_tens("trente quarante cinquante soixante", 30),
        "80": "quatre-vingt",
        "et": "et",
        "hundred": "cent",
    },
    "de": {
        **_tens(_DE, 0, 1),
        **_tens("dreißig vierzig fünfzig sechzig siebzig achtzig neunzig", 30),
        **{
            f"{n}-and": f"{word}und"
            for n, word in enumerate(
                ["ein", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"], start=1
            )
        },
        "1N": "eins",
        "1F": "eine",
        "hundred": "hundert",
    },
}
"""The words that Asterisk puts numbers together from (main/say.c), by language and by the name of its sound file."""

NUMBER_KEY = "builtin-number-"
"""Keys of number words begin like this; the rest is the name of Asterisk's file below `digits/`."""


def builtin_prompts(index: Index) -> dict[str, Prompt]:
    """Those that this center needs, by key."""
    center = index.center
    texts = dict(_FEATURES)
    announced = any(q.announce_position or q.announce_wait for q in index["queues"].values())
    told = bool(center.emergency.notify_numbers)
    if announced:
        texts |= _QUEUE
    if told:
        texts |= _EMERGENCY | dict(_places(index))
    if announced or told:
        texts |= _number_words()
    return {key: Prompt(text=_spoken(text, center.languages)) for key, text in texts.items()}


def _spoken(text: dict[str, str], languages: tuple[str, ...]) -> dict[str, str]:
    """The text under the center's own tags: `es` serves `es-MX`. Of a language that is not known there is nothing."""
    own = {tag: text[base] for tag in languages if (base := tag if tag in text else tag.partition("-")[0]) in text}
    return own or text


def _number_words() -> dict[str, dict[str, str]]:
    texts: dict[str, dict[str, str]] = {}
    for language, words in _NUMBERS.items():
        for name, word in words.items():
            texts.setdefault(NUMBER_KEY + name.lower(), {})[language] = word
    return texts


def _places(index: Index) -> Iterator[tuple[str, dict[str, str]]]:
    for site in index["sites"].values():
        for location in (None, *site.emergency_locations):
            yield place_key(site.name, location), dict.fromkeys(index.center.languages, _place_words(site, location))


def place_key(site: str, location: EmergencyLocation | None) -> str:
    """The key of the prompt that says where an emergency call comes from."""
    return f"emergency-{site}-{location.name}" if location else f"emergency-{site}"


def _place_words(site: Site, location: EmergencyLocation | None) -> str:
    address = site.address
    parts = [site.label or site.name, f"{address.house_number} {address.street}", address.city]
    if location:
        parts += [part for part in (location.building, location.floor, location.room) if part] or [location.name]
    return ", ".join(parts) + "."
