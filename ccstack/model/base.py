"""What every noun of a blueprint shares: frozen, strict, and aware of the line that made it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final

import pydantic
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

_PACKAGE = str(Path(__file__).resolve().parent.parent)
_OURS = (_PACKAGE, str(Path(pydantic.__file__).parent), "<")
_IMPORTER = "<frozen importlib._bootstrap>"
_LOADER = str(Path(_PACKAGE) / "load.py")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an object was written: a Python line, or a JSON pointer."""

    file: str
    line: int | None = None
    pointer: str | None = None

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line is not None else f"{self.file}#{self.pointer or ''}"


@dataclass(slots=True)
class Refusal:
    """One object that could not be built, kept so that the rest of the blueprint is still read."""

    model: type[Model]
    name: str | None
    origin: Origin | None
    error: ValidationError


@dataclass(slots=True)
class Refusals:
    """Every object that a blueprint got wrong, in the order it was written."""

    items: list[Refusal] = field(default_factory=list)


_refusals: ContextVar[Refusals | None] = ContextVar("refusals", default=None)


@contextmanager
def collecting_refusals() -> Iterator[Refusals]:
    """Within it a wrong object is noted instead of raised, so that all of a blueprint's errors come at once.

    The objects built meanwhile may be hollow: whoever opens this must refuse the blueprint if anything was noted.
    """
    found = Refusals()
    token = _refusals.set(found)
    try:
        yield found
    finally:
        _refusals.reset(token)


_place: ContextVar[Origin | None] = ContextVar("place", default=None)


@contextmanager
def written_at(origin: Origin) -> Iterator[None]:
    """Objects made within it were written there, whatever line of the blueprint runs: in a row of a table, say."""
    token = _place.set(origin)
    try:
        yield
    finally:
        _place.reset(token)


REFUSED: Final = "refused"
"""The type of a `Complaint` among the errors of a `ValidationError`."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing that is wrong with something that is no object yet."""

    path: tuple[str | int, ...]
    """The field, as in `ValidationError`."""
    given: object
    """What was written; None where it is not about a value."""
    rule: str
    """What must be; after a semicolon what to do."""


def refuse(model: type[Model], name: str | None, complaints: Sequence[Complaint]) -> None:
    """Note that an object called `name` cannot be made, as if its own fields had been refused; outside the loader raise
    that as a `ValidationError`."""
    errors: list[InitErrorDetails] = [
        {"type": PydanticCustomError(REFUSED, each.rule), "loc": each.path, "input": each.given} for each in complaints
    ]
    error = ValidationError.from_exception_data(model.__name__, errors)
    refusals = _refusals.get()
    if refusals is None:
        raise error
    refusals.items.append(Refusal(model, name, calling_line(), error))


class Model(BaseModel):
    """A frozen noun of the blueprint. Unknown fields are refused; the text below a field is the reference's text."""

    # Put together at first use: no center has every noun, and a verb does not wait for the others.
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=False, defer_build=True)

    collection: ClassVar[str] = ""
    """The name of the `ContactCenter` field that holds objects of this kind; empty for parts of other objects."""

    _origin: Origin | None = PrivateAttr(default=None)
    _hollow: bool = PrivateAttr(default=False)

    def __init__(self, /, **data: Any) -> None:
        refusals = _refusals.get()
        try:
            super().__init__(**data)
        except ValidationError as error:
            if refusals is None:
                raise
            refusals.items.append(Refusal(type(self), _name_of(data), calling_line(), error))
            self._fill_hollow(data)
            return
        except (AttributeError, TypeError):
            # A validator that is run on a hollow part meets values of the wrong type; what is wrong is noted there.
            if not any(_is_hollow(value) for value in data.values()):
                raise
            self._fill_hollow(data)
            return
        self._origin = calling_line()

    __iter__ = None  # type: ignore[assignment]
    """An object is no list of its fields: where a list is wanted, one object alone is refused as such."""

    @property
    def origin(self) -> Origin | None:
        """The blueprint line (or JSON pointer) that made this object."""
        return self._origin

    @property
    def hollow(self) -> bool:
        """Whether this object was refused, and only stands where it would have stood."""
        return self._hollow

    def _fill_hollow(self, data: dict[str, Any]) -> None:
        # Only so that the blueprint's own code can go on reading attributes; the loader refuses it afterwards.
        values = {
            n: f.get_default(call_default_factory=True, validated_data={}) for n, f in type(self).model_fields.items()
        }
        object.__setattr__(self, "__dict__", values | data)
        object.__setattr__(self, "__pydantic_fields_set__", set(data))
        object.__setattr__(self, "__pydantic_extra__", None)
        object.__setattr__(self, "__pydantic_private__", {"_origin": calling_line(), "_hollow": True})


def _is_hollow(value: Any) -> bool:
    """Whether `value` is a hollow object, or holds one."""
    if isinstance(value, list | tuple):
        return any(map(_is_hollow, value))
    if isinstance(value, dict):
        return any(map(_is_hollow, value.values()))
    return isinstance(value, Model) and value.hollow


def _name_of(data: dict[str, Any]) -> str | None:
    name = data.get("name", data.get("number"))
    return name if isinstance(name, str) else None


def calling_line() -> Origin | None:
    """Where `written_at` says; else the blueprint's own line: of the frames above, the outermost one below the loader.

    So an object made inside a reusable pattern points at the line of the client's blueprint that called the pattern,
    and one that is made while a module is imported points into that module.
    Outside the loader (a test, a shell) the innermost frame that is not ours is meant.
    """
    if (place := _place.get()) is not None:
        return place
    innermost: Origin | None = None
    outermost: Origin | None = None
    frame = sys._getframe(1)
    while frame is not None:
        filename = frame.f_code.co_filename
        if filename == _LOADER or (filename == _IMPORTER and outermost is not None):
            return outermost
        if not filename.startswith(_OURS):
            if innermost is None:
                innermost = Origin(filename, frame.f_lineno)
            outermost = Origin(filename, frame.f_lineno)
        frame = frame.f_back  # type: ignore[assignment]
    return innermost


def calling_folder() -> Path:
    """The folder of the file whose line runs: the blueprint's, or that of a module that it imports."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_OURS):
        frame = frame.f_back
    return Path(frame.f_code.co_filename).parent


@dataclass(frozen=True, slots=True)
class RefTo:
    """Marks a field as the name of an object in one of these collections of the center."""

    collections: tuple[str, ...]


NAME_PATTERN = r"^[a-z][a-z0-9-]{0,39}$"

Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]
"""Lower-case letters, digits and hyphens, beginning with a letter, at most 40: safe in every syntax we render."""

Label = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$")]
"""Free text for people, one line, any script."""


def _mail_address(text: str) -> str:
    from pydantic import validate_email

    return validate_email(text)[1]


Email = Annotated[str, AfterValidator(_mail_address), WithJsonSchema({"type": "string", "format": "email"})]
"""A mail address; like pydantic's `EmailStr`, but what that takes is not loaded before a center has one."""

Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")]
"""A language tag such as `en` or `es-MX` (BCP 47, language and region only)."""

E164 = Annotated[str, StringConstraints(pattern=r"^\+[1-9][0-9]{6,14}$")]
"""A public telephone number with `+` and country code (ITU-T E.164)."""

Extension = Annotated[str, StringConstraints(pattern=r"^[0-9]{2,6}$")]
"""Two to six digits that phones of the center dial among themselves."""

Seconds = Annotated[int, Field(ge=1, le=86_400)]
"""A whole number of seconds."""

DESTINATIONS = (
    "queues",
    "menus",
    "time_conditions",
    "voicemails",
    "announcements",
    "rings",
    "externals",
    "agents",
    "stations",
)
"""The collections that a call can be sent to. Their names share one name space: a name means one thing."""

Destination = Annotated[Name, RefTo(DESTINATIONS)]
"""The name of a queue, menu, time condition, voicemail, announcement, ring, external, agent or station."""

SiteRef = Annotated[Name, RefTo(("sites",))]
HostRef = Annotated[Name, RefTo(("hosts",))]
TrunkRef = Annotated[Name, RefTo(("trunks",))]
SwitchRef = Annotated[Name, RefTo(("switches",))]
AgentRef = Annotated[Name, RefTo(("agents",))]
TeamRef = Annotated[Name, RefTo(("teams",))]
SkillRef = Annotated[Name, RefTo(("skills",))]
QueueRef = Annotated[Name, RefTo(("queues",))]
HoursRef = Annotated[Name, RefTo(("hours",))]
RightsRef = Annotated[Name, RefTo(("calling_rights",))]
RecordingRef = Annotated[Name, RefTo(("recordings",))]
VoicemailRef = Annotated[Name, RefTo(("voicemails",))]
CallerListRef = Annotated[Name, RefTo(("caller_lists",))]
MusicRef = Annotated[Name, RefTo(("music",))]
PromptName = Annotated[Name, RefTo(("prompts",))]
