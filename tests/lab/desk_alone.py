"""What phones need, without a lab: cables, and at their other end a switch that tells a VLAN, a DHCP server, an HTTPS
server and a registrar, all in this process."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import datetime
import ipaddress
import itertools
import socket
import ssl
import struct
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import SecretStr

from ccstack.calls.protocol import AgentConfig, RegistrarConfig, Tls
from ccstack.calls.registrar import Registrar
from ccstack.calls.ua import Sockets, UserAgent
from ccstack.lab.phones import dhcp, lldp
from ccstack.lab.phones.frames import IPV4, LLDP, Datagram, Frame, Tag, parse_datagram
from ccstack.lab.phones.nic import Nic
from ccstack.lab.phones.phone import LabPhone
from ccstack.lab.phones.protocol import PhoneStatus, Staged
from ccstack.lab.phones.space import sockets_in

SERVER = IPv4Address("10.9.0.1")
DOMAIN = "desk.internal"
MAC = "001565aabbcc"
VLAN = 110
SWITCH_MAC = bytes.fromhex("02aa00000001")


def certificates(folder: Path) -> tuple[str, Path]:
    """A CA (PEM), and a file with a certificate of it for the server, and its key."""
    now = datetime.datetime.now(datetime.UTC)
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, n)]) for n in ("the CA", "the server")]

    def made(subject: int) -> x509.Certificate:
        draft = x509.CertificateBuilder().subject_name(names[subject]).issuer_name(names[0])
        draft = draft.public_key(keys[subject].public_key()).serial_number(x509.random_serial_number())
        draft = draft.not_valid_before(now - datetime.timedelta(hours=1))
        draft = draft.not_valid_after(now + datetime.timedelta(days=1))
        draft = draft.add_extension(x509.BasicConstraints(ca=subject == 0, path_length=None), critical=True)
        if subject:
            address = x509.IPAddress(ipaddress.ip_address(str(SERVER)))
            draft = draft.add_extension(x509.SubjectAlternativeName([address]), critical=False)
        return draft.sign(keys[0], hashes.SHA256())

    pem = serialization.Encoding.PEM
    key = keys[1].private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = folder / "server.pem"
    file.write_bytes(made(1).public_bytes(pem) + key)
    return made(0).public_bytes(pem).decode(), file


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


@contextmanager
def space(name: str) -> Iterator[str]:
    """A namespace."""
    subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)
    _ip("netns", "add", name)
    try:
        yield name
    finally:
        _ip("netns", "del", name)


LLDP_PASSES = str(1 << 0xE)
"""`group_fwd_mask`: a bridge of the kernel keeps what is sent to 01:80:c2:00:00:0e, unless told otherwise."""


@contextmanager
def hub(name: str) -> Iterator[Hub]:
    """Something that every cable leads to; the servers are at its cable `lan`."""
    with space(name):
        _ip("-n", name, "link", "add", "hub", "type", "bridge", "group_fwd_mask", LLDP_PASSES)
        _ip("-n", name, "link", "add", "lan", "type", "veth", "peer", "name", "wall")
        _ip("-n", name, "link", "set", "wall", "master", "hub")
        _ip("-n", name, "link", "set", "lan", "arp", "off", "up")
        for each in ("wall", "hub"):
            _ip("-n", name, "link", "set", each, "arp", "off", "up")
        yield Hub(name)


@dataclass
class Hub:
    """Plugs phones in as a lab's switches do, all into one."""

    space: str
    plugged: dict[tuple[str, str], str] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def plug(self, switch: str, interface: str, namespace: str, ifname: str) -> None:
        port = f"p{next(self._numbers)}"
        self.plugged[switch, interface] = port
        _ip("-n", self.space, "link", "add", port, "type", "veth", "peer", "name", ifname, "netns", namespace)
        _ip("-n", self.space, "link", "set", port, "master", "hub", "up")

    def unplug(self, switch: str, interface: str) -> None:
        port = self.plugged.pop((switch, interface))
        _ip("-n", self.space, "link", "del", port)


@dataclass
class Servers:
    """What a phone needs: a switch that tells a VLAN, and the servers on it."""

    port: Nic
    registrar: UserAgent
    files: dict[str, bytes]
    policy: lldp.Policy | None = field(default_factory=lambda: lldp.Policy(VLAN, True, 5, 46))
    option: int = dhcp.TFTP_SERVER
    url: str = f"https://{SERVER}/"
    password: str = "fetch-me"
    ca: str = ""
    lease_s: int = 600
    dhcp_answers: bool = True
    web_answers: bool = True
    asked: list[str] = field(default_factory=list)
    heard_dhcp: list[dhcp.Message] = field(default_factory=list)
    tags: list[Tag | None] = field(default_factory=list)
    lldp_heard: list[bytes] = field(default_factory=list)
    addresses: dict[bytes, IPv4Address] = field(default_factory=dict)

    def tell_policy(self) -> None:
        """The switch sends an LLDP frame."""
        tlvs = b"\x02\x07\x04" + SWITCH_MAC + b"\x04\x04\x05Gi1" + b"\x06\x02\x00\x78"
        if self.policy:
            p = self.policy
            bits = (p.tagged << 22) | (p.vlan << 9) | (p.priority << 6) | p.dscp
            tlvs += b"\xfe\x08\x00\x12\xbb\x02\x01" + bits.to_bytes(3)
        self.port.send(lldp.NEAREST_BRIDGE, LLDP, tlvs + b"\x00\x00", tagged=False)

    def on_lldp(self, frame: Frame) -> None:
        """Answers who speaks LLDP-MED, as a switch does."""
        self.lldp_heard.append(frame.payload)
        self.tell_policy()

    def on_packet(self, frame: Frame) -> None:
        datagram = parse_datagram(frame.payload)
        message = dhcp.parse(datagram.payload) if datagram and datagram.port == dhcp.SERVER_PORT else None
        if message is None:
            return
        self.heard_dhcp.append(message)
        self.tags.append(frame.tag)
        kind = {dhcp.DISCOVER: dhcp.OFFER, dhcp.REQUEST: dhcp.ACK}[message.kind]
        if self.dhcp_answers:
            self._lease(message, kind)

    def _lease(self, asked: dhcp.Message, kind: int) -> None:
        options = {
            dhcp.SERVER: SERVER.packed,
            dhcp.LEASE_S: struct.pack("!I", self.lease_s),
            dhcp.MASK: b"\xff\xff\xff\x00",
            dhcp.ROUTER: SERVER.packed,
            self.option: self.url.encode(),
        }
        yours = self.addresses.setdefault(asked.mac, SERVER + 49 + len(self.addresses))
        message = dhcp.Message(kind, asked.transaction, asked.mac, yours, options=options, reply=True)
        packet = Datagram(SERVER, IPv4Address("255.255.255.255"), dhcp.SERVER_PORT, dhcp.CLIENT_PORT, bytes(message))
        self.port.broadcast(bytes(packet))

    async def web(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One HTTPS request: a file, to who shows the MAC address in its name and the password."""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            path = head.split()[1]
            right = base64.b64encode(f"{path[1:13]}:{self.password}".encode()).decode()
            self.asked.append(path)
            if not self.web_answers:
                writer.write(b"HTTP/1.0 503 No\r\n\r\n")
            elif f"Basic {right}" not in head:
                writer.write(b"HTTP/1.0 401 Who are you\r\nWWW-Authenticate: Basic realm=phones\r\n\r\n")
            elif path in self.files:
                writer.write(b"HTTP/1.0 200 OK\r\n\r\n" + self.files[path])
            else:
                writer.write(b"HTTP/1.0 404 No\r\n\r\n")
            await writer.drain()
        writer.close()


@dataclass
class Desk:
    """A phone, and what it needs."""

    phone: LabPhone
    far: Servers

    async def until(self, what: str, condition: Callable[[PhoneStatus], bool], seconds: float = 60.0) -> PhoneStatus:
        """Wait until the phone is so."""
        deadline = asyncio.get_running_loop().time() + seconds
        while not condition(status := self.phone.status()):
            assert asyncio.get_running_loop().time() < deadline, f"not within {seconds} s: {what}: {status}"
            await asyncio.sleep(0.05)
        return status


@asynccontextmanager
async def servers(switch_space: str, folder: Path, users: dict[str, str]) -> AsyncIterator[Servers]:
    """Everything at the far end of `lan` in a namespace. `users` are SIP users and their passwords."""
    ca, served = certificates(folder)
    port = Nic(Path("/run/netns") / switch_space, SWITCH_MAC)
    port.tag = Tag(VLAN)
    lines = f"link set voice address {SWITCH_MAC.hex(':')} up\naddr add {SERVER}/24 dev voice\nlink set lo up\n"
    subprocess.run(["ip", "-n", switch_space, "-batch", "-"], input=lines, text=True, check=True)
    sockets = sockets_in(Path("/run/netns") / switch_space)
    tls = Tls(certificate=str(served), key=str(served))
    registrar = UserAgent(AgentConfig(tls=tls), lambda *_, **__: None, sockets=Sockets(sockets, sockets))
    await registrar.start()
    known = {user: SecretStr(password) for user, password in users.items()}
    registrar.registrar = Registrar(RegistrarConfig(realm=DOMAIN, users=known))
    made = Servers(port, registrar, {}, ca=ca)
    port.on(LLDP, made.on_lldp)
    port.on(IPV4, made.on_packet)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(served)
    listening = sockets(socket.SOCK_STREAM)
    listening.bind((str(SERVER), 443))
    web = await asyncio.start_server(made.web, sock=listening, ssl=context)
    try:
        yield made
    finally:
        web.close()
        await registrar.close()
        port.close()
        await asyncio.sleep(0)


@asynccontextmanager
async def desk(name: str, folder: Path, files: dict[str, str]) -> AsyncIterator[Desk]:
    """Everything up, and a phone without power."""
    with hub(f"{name}_switch") as switch, space(f"{name}_phone") as inside:
        switch.plug("sw", "1", inside, "lan")
        _ip("-n", inside, "link", "set", "lan", "arp", "off", "up")
        async with servers(switch.space, folder, {"ada": "sip-secret"}) as far:
            far.files = {path: text.encode() for path, text in files.items()}
            staged = Staged(
                name="desk-1", vendor="yealink", model="yealink-t54w", watts=5.0, mac=MAC,
                password=SecretStr("fetch-me"), ca=far.ca,
            )  # fmt: skip
            phone = LabPhone(staged, inside, folder)
            try:
                yield Desk(phone, far)
            finally:
                phone.pull()
