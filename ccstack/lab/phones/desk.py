"""Who unpacks the phones, keys in what they need, plugs them in, carries them about and swaps them."""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, SecretStr, TypeAdapter, ValidationError

from ccstack.calls.client import UserAgentClient, environment
from ccstack.calls.tone import Tone
from ccstack.design import Design
from ccstack.design.wiring import full_name
from ccstack.lab.errors import LabError
from ccstack.lab.lab import Lab
from ccstack.lab.machine import Cgroup, Runner, lab_cgroup, wait_until
from ccstack.lab.netns import NETNS
from ccstack.model.phone import Mac
from ccstack.model.phone_models import phone_model

from .daemon import agent_socket, commands_socket
from .nic import LAN
from .protocol import PhonesReport, PhoneStatus, Place, Staged, Step

BOOT_S = 40.0
"""A phone that is not registered by then is shown where it is; the lab's take some ten seconds."""
_ANSWER_S = 20.0
_STATUSES = TypeAdapter(tuple[PhoneStatus, ...])


class Patchbay(Protocol):
    """Where cables are plugged in: the lab's switches."""

    def plug(self, switch: str, interface: str, namespace: str, ifname: str) -> None:
        """Lay a cable from a port to an interface that is made in a namespace. LabError if there is no such port."""
        ...

    def unplug(self, switch: str, interface: str) -> None:
        """Pull it out at the switch; nothing happens if there is none."""
        ...


class _Box(BaseModel):
    """A phone of the lab: the thing itself, and where it is plugged in."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    staged: Staged
    place: Place | None = None


_BOXES = TypeAdapter(dict[str, _Box])


class DeskPhones:
    """The desk phones of a lab that is up."""

    def __init__(self, lab: Lab, patchbay: Patchbay) -> None:
        self._lab, self._patchbay = lab, patchbay
        self._folder = lab.state.directory / "phones"

    # -- what people do ----------------------------------------------------------------------------------------------

    def unpack(
        self, design: Design, password_of: Callable[[str], str], ca: str, tones: Mapping[str, Tone]
    ) -> tuple[str, ...]:
        """Have a box for every phone of the blueprint that is patched to a port; returns their names.

        A box that is there already stays as it is: what stands on a desk does not change with a blueprint.
        `password_of` gives a phone's provisioning password; `ca` is the CA certificate (PEM).
        """
        boxes = self._boxes()
        for seat in design.wiring.seats.values():
            model = phone_model(seat.phone.model)
            if seat.jack is None or model is None or seat.phone.name in boxes:
                continue
            tone = tones.get(seat.phone.line)
            staged = Staged(
                name=seat.phone.name,
                vendor=model.vendor,
                model=model.name,
                watts=model.watts,
                mac=seat.phone.mac,
                password=SecretStr(password_of(seat.phone.name)),
                ca=ca,
                sound=f"tone:{tone}" if tone else "silence",
            )
            place = Place(switch=seat.jack.switch, interface=seat.jack.interface)
            boxes[seat.phone.name] = _Box(staged=staged, place=place)
        self._keep(boxes)
        return tuple(boxes)

    def boot(self, names: Sequence[str] = (), timeout: float = BOOT_S) -> PhonesReport:
        """Give these phones power (all that are plugged in, without names), and wait until each is registered, or the
        time is over. One that runs is powered off and on. LabError for a name that there is not."""
        chosen = self._chosen(names)
        for box in chosen:
            self._power(box)
        wanted = {box.staged.name for box in chosen if box.place is not None}
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if all(phone.up for phone in self.status().phones if phone.name in wanted):
                break
            time.sleep(0.2)
        return self.status(names)

    def status(self, names: Sequence[str] = ()) -> PhonesReport:
        """How the phones are."""
        chosen = self._chosen(names)
        running = {status.name: status for status in _STATUSES.validate_python(self._ask("status", {}))}
        return PhonesReport(lab=self._lab.name, phones=tuple(_shown(box, running) for box in chosen))

    def move(self, name: str, switch: str, interface: str, timeout: float = BOOT_S) -> PhonesReport:
        """Carry a phone to another port; it loses power on the way, and boots there."""
        box, place = self._chosen([name])[0], self._place(switch, interface)
        self.unplug(name)
        self._put(box.model_copy(update={"place": place}))
        return self.boot([name], timeout)

    def swap(self, name: str, model: str, mac: str, timeout: float = BOOT_S) -> PhonesReport:
        """Put another box in a phone's place: a new one, with nothing in its flash."""
        known = phone_model(model)
        if known is None:
            raise LabError(f"there is no phone model {model}; `ccstack show --phone-models` lists them")
        box, plain = self._chosen([name])[0], _plain(mac)
        change = {"vendor": known.vendor, "model": known.name, "watts": known.watts, "mac": plain}
        staged = box.staged.model_copy(update=change)
        (self._folder / "flash" / f"{plain}.json").unlink(missing_ok=True)
        place = box.place
        self.unplug(name)
        self._put(_Box(staged=staged, place=place))
        return self.boot([name], timeout)

    def unplug(self, name: str) -> None:
        """Pull a phone's cable: it has no power any more."""
        box = self._chosen([name])[0]
        self._ask("pull", {"name": name})
        if box.place is not None:
            self._patchbay.unplug(box.place.switch, box.place.interface)
        self._drop_space(name)
        self._put(box.model_copy(update={"place": None}))

    def agent(self, name: str, timeout: float = 5.0) -> UserAgentClient:
        """The user agent in a phone, to be driven; its accounts have their SIP users' names."""
        return UserAgentClient.attach(agent_socket(self._folder, name), timeout)

    # -- how ---------------------------------------------------------------------------------------------------------

    def _power(self, box: _Box) -> None:
        if box.place is None:
            return
        name = box.staged.name
        space = self._space(name)
        self._ask("pull", {"name": name})
        if not (NETNS / space).exists():
            self._plug(box.staged, box.place)
        staged = box.staged.model_dump(mode="json")
        self._ask("boot", {"staged": staged, "namespace": space})

    def _place(self, switch: str, interface: str) -> Place:
        """A socket, its interface written long or short."""
        found = self._lab.state.topology_or_refuse().switch(switch)
        if found is None:
            known = ", ".join(one.name for one in self._lab.state.topology_or_refuse().switches)
            raise LabError(f"lab {self._lab.name} has no switch {switch}; it has: {known or 'none'}")
        return Place(switch=switch, interface=full_name(found.platform, interface))

    def _space(self, name: str) -> str:
        return self._lab.state.space(f"phone-{name}")

    def _plug(self, staged: Staged, place: Place) -> None:
        run, space = Runner(), self._space(staged.name)
        run("ip", "netns", "add", space)
        try:
            # The kernel must not speak for itself on the cable: neither IPv6 nor ARP of an address inside the phone.
            run("ip", "netns", "exec", space, "sh", "-c", "echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6")
            self._patchbay.plug(place.switch, place.interface, space, LAN)
            mac = bytes.fromhex(staged.mac).hex(":")
            run("ip", "-n", space, "link", "set", LAN, "address", mac, "arp", "off", "up")
        except LabError:
            self._drop_space(staged.name)
            raise

    def _drop_space(self, name: str) -> None:
        if (NETNS / self._space(name)).exists():
            Runner()("ip", "netns", "del", self._space(name))

    def _chosen(self, names: Iterable[str]) -> list[_Box]:
        boxes, wanted = self._boxes(), list(names)
        if unknown := [name for name in wanted if name not in boxes]:
            known = ", ".join(boxes) or "none yet: `ccstack lab phones boot BLUEPRINT` unpacks them"
            raise LabError(f"lab {self._lab.name} has no phone {', '.join(unknown)}; it has: {known}")
        return [boxes[name] for name in wanted] if wanted else list(boxes.values())

    def _boxes(self) -> dict[str, _Box]:
        self._lab.state.topology_or_refuse()
        try:
            return _BOXES.validate_json(self._notes.read_bytes())
        except FileNotFoundError:
            return {}

    @property
    def _notes(self) -> Path:
        return self._folder / "boxes.json"

    def _put(self, box: _Box) -> None:
        self._keep({**self._boxes(), box.staged.name: box})

    def _keep(self, boxes: Mapping[str, _Box]) -> None:
        """Passwords are in it: mode 0600, whole or not at all."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = self._notes.with_suffix(".new")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
            stream.write(_BOXES.dump_json(dict(boxes)))
        draft.rename(self._notes)

    # -- the process that plays them ---------------------------------------------------------------------------------

    def _ask(self, verb: str, values: Mapping[str, Any]) -> Any:
        with self._connected() as connection, connection.makefile("rwb") as stream:
            stream.write(json.dumps({"do": verb, "with": values}).encode() + b"\n")
            stream.flush()
            answer = json.loads(stream.readline() or b'{"error": "the phones\' process has ended"}')
        if "error" in answer:
            raise LabError(f"the phones of lab {self._lab.name}: {answer['error']}")
        return answer["result"]

    def _connected(self) -> socket.socket:
        group = Cgroup(lab_cgroup(self._lab.name).path / "phones")
        path, log = commands_socket(self._folder), self._folder / "phones.log"
        if not group.pids():
            path.unlink(missing_ok=True)
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            group.spawn([sys.executable, "-m", "ccstack.lab.phones.daemon", str(self._folder)], log, environment())
            wait_until(path.exists, _ANSWER_S, lambda: f"the phones do not start; see {log}")
        made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        made.settimeout(_ANSWER_S)
        try:
            made.connect(str(path))
        except OSError as error:
            made.close()
            raise LabError(f"the phones' process does not answer at {path}: {error.strerror}; see {log}") from None
        return made


def _plain(mac: str) -> str:
    try:
        return TypeAdapter(Mac).validate_python(mac)
    except ValidationError:
        raise LabError(f"{mac} is no MAC address of a device; write it as on its label: 00:15:65:12:34:56") from None


def _shown(box: _Box, running: Mapping[str, PhoneStatus]) -> PhoneStatus:
    staged, status = box.staged, running.get(box.staged.name)
    if box.place is None or status is None:
        why = "it is plugged in nowhere" if box.place is None else "it was never given power"
        return PhoneStatus(
            name=staged.name, model=staged.model, mac=staged.mac, place=box.place, step=Step.OFF, why=why
        )
    return status.model_copy(update={"place": box.place})
