"""This program on the host: kept compiled for the next look, and for the units that must run without a controller."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from . import disk
from .layout import HOME, Layout
from .place import hash_of
from .shell import run

MAIN = "import sys\n\nfrom onhost.main import main\n\nsys.exit(main(sys.argv[1:]))\n"
"""What the folder or zip of this program runs."""

ENGINES = "asterisk.service kamailio.service rtpengine-daemon.service"

_RUN = f"{sys.executable} -I -S {HOME}/program recover"

UNITS: dict[str, str] = {
    "ccstack-recover.service": f"""\
[Unit]
Description=Go back to the release before an activation that was cut off
ConditionPathExists={HOME}/pending.json
StartLimitIntervalSec=0

[Service]
Type=oneshot
ExecStart={_RUN}
Restart=on-failure
RestartSec=1
""",
    # Nothing of it may wait for an engine to start: the engines wait for it.
    "ccstack-recover-boot.service": f"""\
[Unit]
Description=Go back to the release before an activation that a boot cut off
ConditionPathExists={HOME}/pending.json
DefaultDependencies=no
RequiresMountsFor={HOME} /etc /run
After=local-fs.target
Before=shutdown.target nftables.service chrony.service {ENGINES}
Conflicts=shutdown.target
OnFailure=ccstack-recover.service

[Service]
Type=oneshot
ExecStart={_RUN}

[Install]
WantedBy=multi-user.target
""",
}
"""The units that go back when nobody else does."""


def identity(modules: Mapping[str, bytes]) -> str:
    """A name for the program that these modules (by file name) make up."""
    return hash_of(b"\0".join(name.encode() + b"\0" + modules[name] for name in sorted(modules)))[:32]


def own_modules() -> dict[str, bytes]:
    """The modules that are running: out of a folder, or out of the zip that the controller sent."""
    from . import __path__ as folders

    (folder,) = folders
    if os.path.isdir(folder):
        return {name: _read(f"{folder}/{name}") for name in os.listdir(folder) if name.endswith(".py")}
    from zipfile import ZipFile

    with ZipFile(os.path.dirname(folder)) as packed:
        names = [name for name in packed.namelist() if name.startswith("onhost/") and name.endswith(".py")]
        return {name.rpartition("/")[2]: packed.read(name) for name in names}


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def install(layout: Layout) -> None:
    """Have this very program on the host, compiled, and the units that call it; nothing when it is there already."""
    modules = own_modules()
    name = identity(modules)
    folder = f"{layout.programs}/{name}"
    if not os.path.isdir(folder):
        _unpack(layout, folder, modules)
    if not os.path.islink(layout.program) or os.readlink(layout.program) != f"activator/{name}":
        disk.link(layout.program, f"activator/{name}")
        disk.sync({layout.home})
        for other in os.listdir(layout.programs):
            if other != name:
                disk.clear(f"{layout.programs}/{other}")
    _have_units(layout)


def _unpack(layout: Layout, folder: str, modules: Mapping[str, bytes]) -> None:
    from py_compile import compile as compiled

    beside = f"{layout.programs}/.new"
    disk.clear(beside)
    disk.folders(f"{beside}/onhost")
    disk.write(f"{beside}/__main__.py", MAIN.encode(), 0o644)
    for name, content in modules.items():
        disk.write(f"{beside}/onhost/{name}", content, 0o644)
    os.rename(beside, folder)
    disk.sync({*disk.tree(folder), layout.programs})
    for name in modules:
        # In its place, so that tracebacks name the right file.
        compiled(f"{folder}/onhost/{name}", doraise=True)


def _have_units(layout: Layout) -> None:
    folder = layout.at("/etc/systemd/system")
    behind = {name: text for name, text in UNITS.items() if not _has(f"{folder}/{name}", text)}
    for name, text in behind.items():
        disk.put(f"{folder}/{name}", text.encode(), 0o644)
    if behind:
        disk.sync({folder})
        run("systemctl", "daemon-reload")
        run("systemctl", "enable", "ccstack-recover-boot.service")


def _has(path: str, text: str) -> bool:
    return os.path.isfile(path) and _read(path) == text.encode()
