"""Switches: reached by ssh with netmiko; a change is seen to be right before it stays."""

from importlib.util import find_spec

from .errors import NetmikoMissingError

__all__ = ["NetmikoMissingError", "need_netmiko"]


def need_netmiko() -> None:
    """Raise `NetmikoMissingError` where netmiko is missing, before anything is begun. Does not load it."""
    if find_spec("netmiko") is None:
        raise NetmikoMissingError("netmiko is not installed here; install it with: pip install 'ccstack[deploy]'")
