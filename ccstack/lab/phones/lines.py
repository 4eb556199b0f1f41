"""A desk phone's user agent and lines, as its configuration says."""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr

from ccstack.calls.protocol import ANY_HOST, AccountConfig, AgentConfig, AnswerPolicy, Tls

from .config import Account
from .protocol import Staged
from .vendors import HABITS

_SRTP = {"off": False, "optional": None, "required": True}


def agent_config(staged: Staged, trusted: Path) -> AgentConfig:
    """The user agent of a phone that believes the certificates in the file `trusted`."""
    name = f"{HABITS[staged.vendor].maker} {staged.model}"
    return AgentConfig(bind=ANY_HOST, tls=Tls(ca_file=str(trusted)), name=name)


def account_config(account: Account, sound: str) -> AccountConfig:
    """A line that registers, answers by itself, and plays `sound`."""
    return AccountConfig(
        account=account.user,
        user=account.user,
        auth_user=account.auth_user or None,
        domain=account.domain,
        display=account.display,
        password=SecretStr(account.password),
        servers=tuple(server.uri for server in account.servers),
        registers=True,
        expires_s=max(10, account.expires_s),
        srtp=_SRTP[account.srtp],
        policy=AnswerPolicy(action="answer", after_ms=300, sound=sound),
    )
