"""Hosts: Linux machines reached by ssh. A release is one stream to the activator; bootstrap is an Ansible playbook."""

from .bundle import Built
from .deploy import ToolsMissingError, UnknownTargetError, chosen, need_ansible, write_bundle
from .driver import HostDriver, OnForeign, targets_of
from .result import HostResult
from .seen import HostTarget
from .session import Session, open_session

__all__ = [
    "Built",
    "HostDriver",
    "HostResult",
    "HostTarget",
    "OnForeign",
    "Session",
    "ToolsMissingError",
    "UnknownTargetError",
    "chosen",
    "need_ansible",
    "open_session",
    "targets_of",
    "write_bundle",
]
