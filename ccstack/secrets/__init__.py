"""Secrets: resolved, derived and put in their slots, in memory, at the edge."""

from .bind import BoundFile, BoundHost, BoundState, bind
from .master import WeakMasterKeyError, parse_master_key
from .sensitive import Sensitive
from .vault import SecretProblem, SecretProblems, Vault, password_for

__all__ = [
    "BoundFile",
    "BoundHost",
    "BoundState",
    "SecretProblem",
    "SecretProblems",
    "Sensitive",
    "Vault",
    "WeakMasterKeyError",
    "bind",
    "parse_master_key",
    "password_for",
]
