"""Secrets are named, never written: a reference to where the value is, or a rule to derive it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from .base import Model


class EnvSecret(Model):
    """The value is in an environment variable of whoever runs ccstack."""

    source: Literal["env"] = "env"
    variable: Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
    """Name of the environment variable."""


class FileSecret(Model):
    """The value is the first line of a file on the machine that runs ccstack; one trailing newline is dropped."""

    source: Literal["file"] = "file"
    path: Annotated[str, StringConstraints(min_length=1, pattern=r"^[^\x00]+$")]
    """Path of the file; relative paths are taken from the blueprint's folder."""


class DerivedSecret(Model):
    """The value is derived from the center's master key by HKDF-SHA256 (RFC 5869), one per object and epoch."""

    source: Literal["derived"] = "derived"
    epoch: Annotated[int, Field(ge=1)] | None = None
    """Raise it to rotate this one secret; without it the center's `secrets.epoch` counts."""


Secret = Annotated[EnvSecret | FileSecret | DerivedSecret, Field(discriminator="source")]
"""Where a secret value comes from. A literal value is refused: it would end up in version control."""


def from_env(variable: str) -> EnvSecret:
    """A secret in the environment variable `variable`."""
    return EnvSecret(variable=variable)


def from_file(path: str) -> FileSecret:
    """A secret in the file at `path`."""
    return FileSecret(path=path)


def derived(epoch: int | None = None) -> DerivedSecret:
    """A secret derived from the center's master key."""
    return DerivedSecret(epoch=epoch)


class Secrets(Model):
    """How derived secrets come about, for the whole center."""

    master_key: EnvSecret | FileSecret = Field(default=EnvSecret(variable="CCSTACK_MASTER_KEY"), discriminator="source")
    """The one key that all derived values come from: at least 32 bytes, in base64 or hex."""
    epoch: Annotated[int, Field(ge=1)] = 1
    """Raise it by one to rotate every derived secret of the blueprint at once."""
    internal_epoch: Annotated[int, Field(ge=1)] = 1
    """Raise it by one to rotate the keys that the SBCs seal their calls with: they restart, and calls that are up then
    cannot be told to end."""
    overlap: bool = True
    """While true, SIP passwords of the epoch before are accepted too, so that phones can follow in their own time."""
