"""What phones start from, by its own word: Kea's networks and reservations, the certificate that nginx shows.

Kea: JSON over its control socket (Kea Administrator Reference Manual, "Control Channel"). dnsmasq has nothing of the
kind: it is judged by when it started.
"""

from __future__ import annotations

from .ask import SECONDS, UnreadableError, exchange
from .place import hash_of
from .wanted import listed, missing, surplus
from .wire import dumps, loads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from .wanted import Reader, Wanted

KEA = "/run/kea/kea4-ctrl-socket"


def kea(command: str) -> dict[str, Any]:
    """The arguments of Kea's answer to `command`; a refusal is an `UnreadableError` with Kea's words."""
    raw = exchange(KEA, dumps({"command": command}).encode(), f"kea: {command}")
    try:
        answer = dict(loads(raw))
    except ValueError:
        raise UnreadableError(f"cannot ask kea: {command}: the answer is no JSON ({KEA})") from None
    if answer.get("result") != 0:
        raise UnreadableError(f"kea: {command} is refused: {answer.get('text', 'without a word')}")
    return dict(answer.get("arguments", {}))


def _networks(wanted: Wanted) -> list[str]:
    path = next((path for path, apply in wanted.files.items() if apply == "kea-reload"), "")
    if not path:
        return []
    with open(path, encoding="utf-8") as file:
        says = dict(_facts(loads(file.read())["Dhcp4"]))
    has = dict(_facts(kea("config-get")["Dhcp4"]))
    other = {name for name in says.keys() & has.keys() if says[name] != has[name]}
    return [
        *missing("Kea network or reservation", says, has),
        *surplus("Kea network or reservation", says, has),
        *listed("Kea network or option that is not as rendered", other),
    ]


def _facts(config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What phones notice of a configuration, by name: from a file, or from Kea, which adds defaults everywhere."""
    yield "times", " ".join(str(config.get(name)) for name in ("renew-timer", "valid-lifetime"))
    for hook in config.get("hooks-libraries", ()):
        yield f"hook {str(hook['library']).rpartition('/')[2]}", dumps(hook.get("parameters"), sort_keys=True)
    yield from ((f"class {one['name']}", str(one.get("test"))) for one in config.get("client-classes", ()))
    for subnet in config["subnet4"]:
        name = str(subnet["subnet"])
        options = sorted(
            [str(o["name"]), str(o["data"]), *map(str, o.get("client-classes", ()))] for o in subnet["option-data"]
        )
        pools = sorted(_run(str(p["pool"])) for p in subnet["pools"])
        yield name, dumps([subnet["id"], subnet.get("rebind-timer"), pools, options])
        for port in subnet["reservations"]:
            yield f"{port['ip-address']} in {name}", str(port["circuit-id"]).replace(":", "").lower()


def _run(pool: str) -> str:
    """A pool as its first and last address: Kea makes a prefix of one where it can."""
    from ipaddress import ip_network  # only hosts with Kea need it

    if "/" not in pool:
        return pool.replace(" ", "")
    network = ip_network(pool)
    return f"{network[0]}-{network[-1]}"


def _certificates(wanted: Wanted) -> list[str]:
    found = []
    for served, path in wanted.names("https"):
        with open(path, encoding="utf-8") as file:
            own = file.read()
        if _shown(served) != hash_of(_der(own)):
            found.append(f"nginx at {served} shows another certificate than {path}")
    return found


def _der(pem: str) -> bytes:
    from ssl import PEM_cert_to_DER_cert  # loads OpenSSL: only hosts with such a server need it

    return PEM_cert_to_DER_cert(pem)


def _shown(served: str) -> str:
    """A hash of the certificate that is shown at `served`."""
    import socket
    import ssl

    host, _, port = served.rpartition(":")
    # It is compared with the file, and nothing is told it: nothing has to be trusted here.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with socket.create_connection((host, int(port)), SECONDS) as plain, context.wrap_socket(plain) as line:
            return hash_of(line.getpeercert(binary_form=True) or b"")
    except OSError as why:
        raise UnreadableError(f"cannot ask nginx at {served}: {why.strerror or why}") from None


KEA_READERS: tuple[tuple[str, Reader], ...] = (("kea-reload", _networks),)
NGINX_READERS: tuple[tuple[str, Reader], ...] = (("nginx-reload", _certificates),)
"""Each with the apply class that mends what is wrong."""
