"""A desk phone, from power to registration, and what becomes of it when its cable, its VLAN or its servers change."""

from __future__ import annotations

import asyncio
import socket
import time
import traceback
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ccstack.calls.agentd import Daemon
from ccstack.calls.sip.transport import TransportError
from ccstack.calls.ua import Sockets, UserAgent

from . import lldp
from .dhcp import CLIENT_PORT, NOWHERE, SERVER_PORT, Client, DhcpError, Lease
from .flash import Flash
from .frames import IPV4, LLDP, Datagram, Frame, Tag, parse_datagram
from .lines import account_config, agent_config
from .nic import VOICE, Nic
from .protocol import PhoneStatus, Staged, Step
from .source import Read, Source, StuckError
from .space import sockets_in
from .vendors import HABITS

LLDP_WAIT_S = 4.0
"""A phone that has heard no policy for so long goes on without one; one that comes later is still obeyed."""
LINK_EVERY_S = 0.2
AGAIN_S = 3.0
"""A phone that got no address asks again after so long."""
FETCH_FAILED_S = 15.0
"""A phone that has no configuration asks for it again after so long: provisioning servers keep who guesses out."""
FETCH_AGAIN_S = 30.0
"""A phone that runs on its old configuration asks for the new one so often."""


@dataclass
class _Seen:
    """What is shown of the phone."""

    step: Step = Step.OFF
    why: str = ""
    vlan: int | None = None
    address: str | None = None
    file: str | None = None
    keys: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    waits: bool = False
    began: float = field(default_factory=time.monotonic)
    took: float | None = None


class LabPhone:
    """One phone. `power` and `pull` are its cable's power; everything else it does by itself."""

    def __init__(self, staged: Staged, namespace: str, folder: Path) -> None:
        """`namespace` is the name below /run/netns of what is inside the box; `folder` has its flash and CA file."""
        self.staged = staged
        self.commands = Daemon()
        """Commands to its user agent, once it has one."""
        self._namespace, self._space = namespace, Path("/run/netns") / namespace
        self._folder = folder
        self._flash = Flash.of(folder / "flash", staged.mac)
        self._source = Source(staged, self._space, self._flash)
        self._mac = bytes.fromhex(staged.mac)
        self._seen = _Seen()
        self._agent: UserAgent | None = None
        self._nic: Nic | None = None
        self._task: asyncio.Task[None] | None = None
        self._neighbour: lldp.Neighbour | None = None
        self._heard = asyncio.Event()
        self._sync = asyncio.Event()
        self._dhcp = Client(self._mac, "", self._broadcast, self._unicast)

    # -- power -------------------------------------------------------------------------------------------------------

    def power(self) -> None:
        """Let it have power: it boots. OSError when there is no cable in its namespace."""
        self.pull()
        self._seen = _Seen(step=Step.LINK)
        self._nic = nic = Nic(self._space, self._mac)
        nic.on(LLDP, self._on_lldp)
        nic.on(IPV4, self._on_packet)
        self._task = asyncio.create_task(self._run(nic))
        self._task.add_done_callback(self._crashed)

    def pull(self) -> None:
        """Take its power: nothing is said to anybody."""
        if self._task is not None:
            self._task.cancel()
        if self._nic is not None:
            self._nic.close()
        self._drop_agent()
        self._task = self._nic = self._neighbour = None
        self._seen = _Seen()

    def _crashed(self, task: asyncio.Task[None]) -> None:
        """A fault of ours is told, not left to be found."""
        if not task.cancelled() and (fault := task.exception()):
            traceback.print_exception(fault)
            self._seen.why = f"the lab's phone failed: {type(fault).__name__}: {fault}"

    def status(self) -> PhoneStatus:
        """How it is."""
        seen, states = self._seen, self._registrations()
        at = tuple(urlsplit(uri.replace("sip:", "sip://")).hostname or uri for uri, registered in states if registered)
        took = seen.took if seen.took is not None else time.monotonic() - seen.began
        step = seen.step
        if states:
            step = Step.REGISTERED if len(at) == len(states) else Step.REGISTERING
        return PhoneStatus(
            name=self.staged.name,
            model=self.staged.model,
            mac=self.staged.mac,
            step=step,
            why=self._refusals() if states else seen.why,
            vlan=seen.vlan,
            address=seen.address,
            file=seen.file,
            keys=seen.keys,
            waits=seen.waits,
            registered=at,
            wanted=len(states),
            seconds=None if seen.step is Step.OFF else round(took, 1),
            ignored=seen.ignored,
        )

    def _registrations(self) -> list[tuple[str, bool]]:
        accounts = self._agent.accounts.values() if self._agent else ()
        return [(uri, state.registered) for account in accounts for uri, state in account.servers.items()]

    def _refusals(self) -> str:
        accounts = self._agent.accounts.values() if self._agent else ()
        states = [state for account in accounts for state in account.servers.values() if not state.registered]
        return "; ".join(f"{state.uri}: {state.error or 'no answer yet'}" for state in states)

    # -- the switch --------------------------------------------------------------------------------------------------

    async def _run(self, nic: Nic) -> None:
        """As long as there is power: live while there is a link; begin anew when the port's policy changes."""
        while True:
            await self._link(nic, True)
            self._neighbour = None
            speaking = asyncio.create_task(self._speak(nic))
            try:
                while await self._lived(nic):
                    pass
            finally:
                speaking.cancel()
            self._off_line(Step.LINK, "no link")

    async def _link(self, nic: Nic, wanted: bool) -> None:
        while nic.has_link != wanted:
            if wanted:
                self._seen.why = "no link: the port is down, gives no power, or the cable leads nowhere"
            await asyncio.sleep(LINK_EVERY_S)
        self._seen.why = ""

    async def _lived(self, nic: Nic) -> bool:
        """Live on what the port says now; True when it says something else, False when the link has gone."""
        policy = await self._policy()
        life = asyncio.create_task(self._live(nic, policy))
        gone = asyncio.create_task(self._link(nic, False))
        changed = asyncio.create_task(self._other_policy(policy))
        tasks = (life, gone, changed)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if life.done() and not life.cancelled() and (fault := life.exception()):
            raise fault
        self._off_line(Step.VLAN, "the port's voice VLAN has changed")
        return not gone.done() or gone.cancelled()

    async def _speak(self, nic: Nic) -> None:
        for count in range(1 << 62):
            address = IPv4Address(self._seen.address) if self._seen.address else NOWHERE
            own = lldp.Self(self._mac, address, HABITS[self.staged.vendor].maker, self.staged.model, self.staged.watts)
            nic.send(lldp.NEAREST_BRIDGE, LLDP, lldp.encode(own), tagged=False)
            await asyncio.sleep(lldp.FAST_S if count < lldp.FAST_FRAMES else lldp.SLOW_S)

    def _on_lldp(self, frame: Frame) -> None:
        neighbour = lldp.decode(frame.payload)
        if neighbour is not None and not neighbour.is_endpoint:
            self._neighbour = neighbour
            self._heard.set()

    async def _policy(self) -> lldp.Policy | None:
        """The port's policy for voice, waited for as long as phones do."""
        self._seen.step = Step.VLAN
        with suppress(TimeoutError):
            async with asyncio.timeout(LLDP_WAIT_S):
                while self._voice is None:
                    self._heard.clear()
                    await self._heard.wait()
        return self._voice

    @property
    def _voice(self) -> lldp.Policy | None:
        return self._neighbour.voice if self._neighbour else None

    async def _other_policy(self, policy: lldp.Policy | None) -> None:
        while self._voice == policy:
            self._heard.clear()
            await self._heard.wait()

    # -- a life on one VLAN ------------------------------------------------------------------------------------------

    async def _live(self, nic: Nic, policy: lldp.Policy | None) -> None:
        """Address, configuration, registration; what fails is tried again for ever."""
        nic.tag = self._tag(policy)
        self._seen.vlan = nic.tag.vlan if nic.tag else 0
        while True:
            try:
                async with asyncio.TaskGroup() as both:
                    lease = await self._address()
                    both.create_task(self._hold(lease))
                    both.create_task(self._serve(lease, policy))
            except* StuckError as stuck:
                has_address = self._seen.step is Step.FILE
                address = self._seen.address if has_address else None
                self._off_line(self._seen.step, str(stuck.exceptions[0]), self._seen.vlan, address)
            await asyncio.sleep(FETCH_FAILED_S if self._seen.step is Step.FILE else AGAIN_S)

    def _tag(self, policy: lldp.Policy | None) -> Tag | None:
        """LLDP-MED goes before the phone's own settings."""
        if policy is not None:
            return Tag(policy.vlan, policy.priority) if policy.tagged else None
        config = self._source.kept()
        return Tag(config.vlan, config.vlan_priority) if config and config.vlan else None

    async def _address(self) -> Lease:
        """A lease; where no server answers, the old one while it lasts (RFC 2131 section 3.2)."""
        self._seen.step = Step.ADDRESS
        vlan, kept = self._seen.vlan or 0, self._flash.read()
        self._dhcp = Client(self._mac, self._vendor_class, self._broadcast, self._unicast)
        try:
            lease = await self._dhcp.obtain()
        except DhcpError as error:
            if kept.lease is None or kept.vlan != vlan or kept.lease.ends <= time.time():
                raise StuckError(f"{error} on {self._where()}") from None
            lease = kept.lease
        self._flash.keep(lease=lease, vlan=vlan)
        await self._configure(lease)
        self._seen.address = str(lease.address)
        return lease

    def _where(self) -> str:
        if self._seen.vlan:
            return f"VLAN {self._seen.vlan}"
        heard = "the switch tells no voice VLAN" if self._neighbour else "the switch says nothing over LLDP"
        return f"the untagged VLAN of the port ({heard})"

    @property
    def _vendor_class(self) -> str:
        return HABITS[self.staged.vendor].vendor_class(self.staged.model)

    def _broadcast(self, message: bytes) -> None:
        everybody = IPv4Address("255.255.255.255")
        if self._nic is not None:
            self._nic.broadcast(bytes(Datagram(NOWHERE, everybody, CLIENT_PORT, SERVER_PORT, message)))

    def _unicast(self, message: bytes, server: IPv4Address) -> None:
        with suppress(OSError), self._client_socket() as made:
            made.sendto(message, (str(server), SERVER_PORT))

    def _client_socket(self) -> socket.socket:
        made = sockets_in(self._space)(socket.SOCK_DGRAM)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(("", CLIENT_PORT))
        return made

    def _on_packet(self, frame: Frame) -> None:
        datagram = parse_datagram(frame.payload)
        if datagram is not None and datagram.port == CLIENT_PORT and self._seen.step is not Step.OFF:
            self._dhcp.receive(datagram.payload)

    async def _configure(self, lease: Lease | None) -> None:
        """Give the phone's device its address, or take it away."""
        mac = self._mac.hex(":")
        lines = [f"addr flush dev {VOICE}", f"link set {VOICE} address {mac} up", "link set lo up"]
        if lease is not None:
            lines.append(f"addr add {lease.address}/{lease.prefix} broadcast + dev {VOICE}")
            lines += [f"route replace default via {lease.router}"] if lease.router else []
        argv = ("ip", "-n", self._namespace, "-batch", "-")
        ran = await asyncio.create_subprocess_exec(*argv, stdin=-1, stdout=-1, stderr=-2)
        said, _ = await ran.communicate("\n".join(lines).encode() + b"\n")
        if ran.returncode != 0:
            raise StuckError(f"ip: {said.decode(errors='replace').strip()}")

    async def _hold(self, lease: Lease) -> None:
        """Renew the lease in time (RFC 2131 section 4.4.5). Raises `StuckError` when it is lost."""
        while True:
            await asyncio.sleep(max(0.0, lease.renews - time.time()))
            renewed: Lease | None = None
            while renewed is None:
                if time.time() >= lease.ends:
                    raise StuckError(f"the lease of {lease.address} has ended, and no DHCP server has renewed it")
                renewed = await self._renewed(lease)
            lease = renewed
            self._flash.keep(lease=lease)

    async def _renewed(self, lease: Lease) -> Lease | None:
        """The lease for longer; None, after the time that a phone waits before it tries again, when nobody answers."""
        late = time.time() >= lease.rebinds
        try:
            renewed = await (self._dhcp.rebind(lease) if late else self._dhcp.renew(lease))
        except DhcpError as error:
            raise StuckError(str(error)) from None
        if renewed is None:
            left = (lease.ends if late else lease.rebinds) - time.time()
            await asyncio.sleep(min(60.0, max(1.0, left / 2)))
        return renewed

    # -- configuration and lines -------------------------------------------------------------------------------------

    async def _serve(self, lease: Lease, policy: lldp.Policy | None) -> None:
        """Run on the configuration of the moment; fetch it anew when asked to, or when it is an old one."""
        runs: Read | None = None
        while True:
            self._seen.step = Step.FILE if runs is None else self._seen.step
            self._sync.clear()  # before the fetch: who asks from here on is asking for something newer
            newest = await self._source.newest(lease)
            is_new = runs is None or newest.files != runs.files
            self._seen.waits = is_new and self._has_call
            if not self._seen.waits:
                await self._take_up(newest, policy, is_new)
                runs = newest
            with suppress(TimeoutError):
                await asyncio.wait_for(self._sync.wait(), None if newest.fresh else FETCH_AGAIN_S)

    @property
    def _has_call(self) -> bool:
        """A phone on a call takes nothing up: desk phones do so when they are idle (`reboot=false`)."""
        return self._agent is not None and any(call.state != "ended" for call in self._agent.calls.values())

    async def _take_up(self, read: Read, policy: lldp.Policy | None, is_new: bool) -> None:
        if is_new:
            await self._register(read, policy)
        self._seen.file = f"{read.name} from {read.server}"
        self._seen.keys = tuple(key.label for key in read.config.keys)
        self._seen.ignored = read.config.ignored

    async def _register(self, read: Read, policy: lldp.Policy | None) -> None:
        """Take up a configuration: its lines register anew."""
        if self._agent is not None:
            await self._agent.close()
            self._drop_agent()
        config = read.config
        self._seen.step = Step.REGISTERING
        if not config.accounts:
            raise StuckError(f"{read.name} has no line that is switched on")
        trusted = self._folder / f"{self.staged.name}.ca.pem"
        trusted.write_text("\n".join([self.staged.ca, *await self._source.trusted(config)]))
        media = policy.dscp if policy else config.media_dscp  # LLDP-MED's mark goes before the phone's own settings
        sockets = Sockets(sockets_in(self._space, config.signalling_dscp), sockets_in(self._space, media))
        agent = UserAgent(agent_config(self.staged, trusted), self._told, sockets=sockets)
        try:
            await agent.start()
        except TransportError as error:
            raise StuckError(str(error)) from None
        self._agent = agent
        self.commands.take(agent)
        for account in config.accounts:
            agent.add_account(account_config(account, self.staged.sound))
        agent.spawn(self._time(agent))

    async def _time(self, agent: UserAgent) -> None:
        """Note when it was registered everywhere for the first time."""
        accounts = agent.accounts.values()
        await agent.bell.until(lambda: all(account.is_registered(None) for account in accounts), 1e9)
        if self._seen.took is None:
            self._seen.took = time.monotonic() - self._seen.began

    def _told(self, event: str, **values: Any) -> None:
        if event == "check-sync" or (self._seen.waits and not self._has_call):
            self._sync.set()
        self.commands.tell(event, **values)

    def _drop_agent(self) -> None:
        if self._agent is not None:
            self._agent.drop()
        self._agent = None
        self.commands.take(None)

    def _off_line(self, step: Step, why: str, vlan: int | None = None, address: str | None = None) -> None:
        self._drop_agent()
        self._seen.step, self._seen.why, self._seen.waits = step, why, False
        self._seen.vlan, self._seen.address = vlan, address
