"""The vault: every secret of a center, resolved once, all problems told at once."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ccstack.model.base import Model
from ccstack.model.center import ContactCenter
from ccstack.model.secret import DerivedSecret, EnvSecret, FileSecret, Secret

from .derive import derive_password, derive_pin, derive_short_password
from .find import SecretFinder
from .master import MAKE_ONE, WeakMasterKeyError, parse_master_key
from .sensitive import MASK, Sensitive

MASTER_PATH = "secrets.master_key"
_OUR_FAULT = "this is a fault of ccstack: report it"
_SHORTEST_REDACTED = 4
"""Characters. Masking a shorter secret would blot out half of a log and still give it away."""
_LONGEST_FILE = 64 * 1024
"""Bytes. A key file is small; a device or a pipe that never ends must not hang a deployment."""
_DERIVE = {"pin": derive_pin, "admin": derive_short_password}
"""How fields that people type by hand are derived; every other field is a password for machines."""


@dataclass(frozen=True, slots=True)
class SecretProblem:
    """One secret that cannot be had: where the blueprint wants it, what is wrong, and what to do."""

    path: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}; {self.remedy}"


class SecretProblems(Exception):  # noqa: N818 - it carries several problems
    """Every secret that is missing or unfit, all at once."""

    def __init__(self, problems: Iterable[SecretProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class _ProblemError(Exception):
    def __init__(self, problem: str, remedy: str) -> None:
        self.problem, self.remedy = problem, remedy


class Vault:
    """The secrets of one center. References are read when first wanted; values stay in memory."""

    def __init__(self, center: ContactCenter, base: Path, environment: Mapping[str, str]) -> None:
        self._center, self._base, self._environment = center, base, environment
        self._values: dict[tuple[str, bool], Sensitive] = {}
        self._master: Sensitive | None = None
        self._finder = SecretFinder(center)
        self._known: set[Sensitive] = set()

    @classmethod
    def open(cls, center: ContactCenter, *, base: Path, environment: Mapping[str, str] | None = None) -> Vault:
        """A vault that reads relative files from `base` and variables from `environment` (the process's own).

        Raises `SecretProblems` with every reference of the center that cannot be resolved.
        """
        vault = cls(center, base, os.environ if environment is None else environment)
        vault.require_all()
        return vault

    def require_all(self) -> None:
        """Resolve every secret of the center, or raise `SecretProblems` with all that fail."""
        self.require((path, False) for path in self._paths)

    def knows_hosts(self) -> bool:
        """Whether there is all that it takes to log in to the center's hosts; what is missing is for `require_all`."""
        try:
            self.require((path, False) for path in self._paths if path.startswith("hosts."))
        except SecretProblems:
            return False
        return True

    @cached_property
    def _paths(self) -> tuple[str, ...]:
        # Found by a walk through the whole center, and wanted by each command several times.
        return secret_paths(self._center)

    @property
    def variables(self) -> frozenset[str]:
        """The environment variables that the blueprint has secrets in."""
        references = map(self.reference, (*self._paths, MASTER_PATH))
        return frozenset(one.variable for one in references if isinstance(one, EnvSecret))

    def require(self, wanted: Iterable[tuple[str, bool]]) -> None:
        """Resolve all of (path, whether the epoch before is meant), or raise `SecretProblems` with all that fail."""
        problems: dict[str, SecretProblem] = {}
        for path, previous in dict.fromkeys(wanted):
            try:
                self._resolve(path, previous)
            except _ProblemError as why:
                key = MASTER_PATH if why.problem.startswith("the master key") else path
                problems.setdefault(key, SecretProblem(key, why.problem, why.remedy))
        if problems:
            raise SecretProblems(problems.values())

    def value(self, path: str, *, previous: bool = False) -> Sensitive:
        """The secret at `path`; `previous` asks for the epoch before, which only derived secrets have."""
        self.require([(path, previous)])
        return self._values[path, previous]

    def remember(self, values: Iterable[Sensitive]) -> None:
        """Further forms of secrets, such as digests, that `redacted` shall know."""
        self._known.update(values)

    def redacted(self, text: str) -> str:
        """`text` with every secret that this vault has given out masked: for what comes back from a host."""
        for value in {*self._known, *self._values.values()}:
            if len(value.reveal_bytes()) >= _SHORTEST_REDACTED:
                text = text.replace(value.reveal().strip(), MASK)
        return text

    def reference(self, path: str) -> Secret:
        """What the blueprint says about the secret at `path`."""
        return self._finder.find(path)

    def _resolve(self, path: str, previous: bool) -> None:
        if (path, previous) not in self._values:
            self._values[path, previous] = self._read(path, self.reference(path), previous)

    def _read(self, path: str, secret: Secret, previous: bool) -> Sensitive:
        if isinstance(secret, DerivedSecret):
            return self._derive(path, secret, previous)
        if previous:
            raise _ProblemError(
                "it is not derived, so there is no epoch before", "this is a fault of ccstack: report it"
            )
        return _from_environment(secret, self._environment) if isinstance(secret, EnvSecret) else self._file(secret)

    def _derive(self, path: str, secret: DerivedSecret, previous: bool) -> Sensitive:
        epoch = (secret.epoch or self._center.secrets.epoch) - previous
        if epoch < 1:
            raise _ProblemError("epoch 1 has no epoch before", _OUR_FAULT)
        derive = _DERIVE.get(path.rsplit(".", 1)[-1], derive_password)
        return derive(self._master_key(), self._center.name, path, epoch)

    def _file(self, secret: FileSecret) -> Sensitive:
        return _from_file(self._base / Path(secret.path).expanduser())

    def _master_key(self) -> Sensitive:
        if self._master is None:
            self._master = self._read_master()
        return self._master

    def _read_master(self) -> Sensitive:
        reference = self._center.secrets.master_key
        try:
            return parse_master_key(self._read(MASTER_PATH, reference, False))
        except _ProblemError as why:
            raise _ProblemError(f"the master key is missing: {why.problem}", f"{why.remedy}; {MAKE_ONE}") from None
        except WeakMasterKeyError as why:
            remedy = "changing it changes every derived secret"
            raise _ProblemError(f"the master key is not good enough: {why}", remedy) from None


def secret_paths(center: ContactCenter) -> tuple[str, ...]:
    """The paths of all secrets that a blueprint holds, in its order. The master key is read when something derives."""
    paths = tuple(_paths_in(center, ""))
    return tuple(path for path in paths if path != MASTER_PATH)


def _paths_in(value: object, path: str) -> Iterable[str]:
    if isinstance(value, EnvSecret | FileSecret | DerivedSecret):
        yield path
    elif isinstance(value, Model):
        for name in type(value).model_fields:
            yield from _paths_in(getattr(value, name), f"{path}.{name}" if path else name)
    elif isinstance(value, tuple):
        for item in value:
            if isinstance(item, Model) and getattr(item, "name", None):
                yield from _paths_in(item, f"{path}.{item.name}")  # type: ignore[attr-defined]


def _from_environment(secret: EnvSecret, environment: Mapping[str, str]) -> Sensitive:
    value = environment.get(secret.variable)
    if value is None:
        raise _ProblemError(f"environment variable {secret.variable} is not set", f"set {secret.variable}")
    return _usable(value, f"environment variable {secret.variable}")


def _from_file(path: Path) -> Sensitive:
    if not path.is_file():
        raise _ProblemError(f"there is no file {path}", f"write the secret into {path}, mode 0600")
    try:
        if path.stat().st_mode & 0o007:
            raise _ProblemError(f"everybody may read {path}", f"run: chmod o= {path}")
        with path.open(encoding="utf-8") as file:
            text = file.read(_LONGEST_FILE)
    except (OSError, UnicodeDecodeError) as why:
        problem = f"{path} cannot be read ({type(why).__name__})"
        raise _ProblemError(problem, "make it a text file that you may read") from None
    # A private key has many lines; every other secret is the first line.
    value = text if text.startswith("-----BEGIN ") else text.split("\n", 1)[0]
    return _usable(value, f"file {path}")


def _usable(value: str, where: str) -> Sensitive:
    if not value.strip():
        raise _ProblemError(f"{where} is empty", "put the secret there")
    one_line = value.startswith("-----BEGIN ") or value.isprintable()
    if not one_line:
        raise _ProblemError(f"{where} holds control characters", "a secret is one line of printable text")
    return Sensitive(value)


def password_for(center: ContactCenter, path: str, *, base: Path = Path()) -> Sensitive:
    """One secret of a center (`agents.ana.password`), for a softphone or a probe that logs in with it."""
    return Vault(center, base, os.environ).value(path)
