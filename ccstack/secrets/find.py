"""From a path such as `agents.ana.password` to the secret that the blueprint has there."""

from __future__ import annotations

from ccstack.model.base import Model
from ccstack.model.center import ContactCenter
from ccstack.model.secret import DerivedSecret, EnvSecret, FileSecret, Secret

INTERNAL = "internal."
"""Paths that begin so name secrets which no blueprint writes (the SBCs' mask key): always derived, with an epoch of
their own, because every call that is up hangs on them."""


class NoSecretThereError(LookupError):
    """A path that leads to no secret of the center: a renderer's mistake, not a user's."""


def find_secret(center: ContactCenter, path: str) -> Secret:
    """The secret at `path`: a collection, a name, then fields (`trunks.north.auth.password`)."""
    if path.startswith(INTERNAL):
        return DerivedSecret(epoch=center.secrets.internal_epoch)
    value: object = center
    for step in path.split("."):
        value = _step(value, step)
    if not isinstance(value, EnvSecret | FileSecret | DerivedSecret):
        raise NoSecretThereError(f"{path}: there is no secret at this path")
    return value


def _step(value: object, step: str) -> object:
    if isinstance(value, Model):
        return getattr(value, step, None)
    if isinstance(value, tuple):
        return next((item for item in value if getattr(item, "name", None) == step), None)
    return None
