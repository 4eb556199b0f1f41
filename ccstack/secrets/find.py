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


class SecretFinder:
    """Finds the secrets of one center. Each collection is indexed once: thousands of phones have three secrets each."""

    def __init__(self, center: ContactCenter) -> None:
        self._center = center
        self._named: dict[int, dict[str, object]] = {}

    def find(self, path: str) -> Secret:
        """The secret at `path`: a collection, a name, then fields (`trunks.north.auth.password`)."""
        if path.startswith(INTERNAL):
            return DerivedSecret(epoch=self._center.secrets.internal_epoch)
        value: object = self._center
        for step in path.split("."):
            value = self._step(value, step)
        if not isinstance(value, EnvSecret | FileSecret | DerivedSecret):
            raise NoSecretThereError(f"{path}: there is no secret at this path")
        return value

    def _step(self, value: object, step: str) -> object:
        if isinstance(value, Model):
            return getattr(value, step, None)
        return self._by_name(value).get(step) if isinstance(value, tuple) else None

    def _by_name(self, items: tuple[object, ...]) -> dict[str, object]:
        # By identity: the center is frozen, and lives as long as this does.
        if id(items) not in self._named:
            self._named[id(items)] = {str(getattr(item, "name", None)): item for item in reversed(items)}
        return self._named[id(items)]
