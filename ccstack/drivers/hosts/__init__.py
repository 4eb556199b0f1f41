"""Hosts: Linux machines reached by ssh, brought to a release by plain Ansible playbooks."""

from .bundle import Built
from .deploy import OnForeign, ToolsMissingError, UnknownTargetError, chosen, deploy, write_bundle
from .result import DeployResult, HostResult
from .session import Session, open_session

__all__ = [
    "Built",
    "DeployResult",
    "HostResult",
    "OnForeign",
    "Session",
    "ToolsMissingError",
    "UnknownTargetError",
    "chosen",
    "deploy",
    "open_session",
    "write_bundle",
]
