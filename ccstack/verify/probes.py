"""A probe on duty: registered at the SBCs, ready to call and to be called."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import SecretStr

from ccstack.calls.client import UserAgentProcess
from ccstack.calls.protocol import AccountConfig, AgentConfig, AnswerPolicy
from ccstack.design import Design
from ccstack.model.probe import Probe
from ccstack.secrets import Vault

REGISTER_S = 30.0
"""How long a probe may take to register."""

CALLER_TONE = "tone:1083+2027"
"""What probes play, so that a recording or a mailbox can be seen to hold it."""


@contextmanager
def on_duty(
    design: Design, vault: Vault, probe: Probe, policy: AnswerPolicy | None = None
) -> Iterator[UserAgentProcess]:
    """The probe's user agent, registered at every SBC; `policy` is how it takes calls.

    Raises `WaitTimeoutError` when it is not registered in time, `AgentError` when the address is not this machine's.
    """
    config = AgentConfig(bind=str(probe.address or "0.0.0.0"), port=0)  # noqa: S104 - without an address, any will do
    account = probe_account(design, vault, probe)
    with UserAgentProcess(None, config) as agent:
        agent.add_account(account.model_copy(update={"policy": policy}) if policy else account)
        agent.wait_registered(probe.name, timeout=REGISTER_S)
        yield agent


def probe_account(design: Design, vault: Vault, probe: Probe) -> AccountConfig:
    """The SIP account of a probe: it registers at every SBC, its own site's first."""
    hosts = design.index["hosts"]
    servers = [hosts[name] for name in design.homes.site_sbcs[probe.site]]
    return AccountConfig(
        account=probe.name,
        user=probe.name,
        domain=design.center.domain,
        password=SecretStr(vault.value(f"probes.{probe.name}.password").reveal()),
        servers=tuple(f"sip:{h.address}:{h.sbc.sip_port}" for h in servers),
        registers=True,
    )
