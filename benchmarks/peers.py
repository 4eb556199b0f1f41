"""What a person would write to bring ccstack's rendered tree onto hosts with other tools: Ansible, mitogen, pyinfra.

The tree is as `ccstack render --bind` writes it. A task per file and one per folder of audio, with owner and mode; a
unit that this run started is not reloaded again. Reloads are the commands that ccstack's own apply classes run.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from ccstack.drivers.hosts.onhost.apply import CLASSES
from ccstack.drivers.hosts.onhost.schema import DATABASES
from ccstack.drivers.hosts.onhost.units import unit_of

PINS = ("ansible-core==2.19.14", "mitogen==0.3.54", "pyinfra==3.10.0")
"""Versions that were seen to work together on Python 3.11."""

FORKS = 20


def environment() -> Path:
    """The folder of a Python environment with the peers in it: made at the first run, outside of the repository."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    mark = hashlib.sha256(" ".join((*PINS, sys.version)).encode()).hexdigest()[:12]
    folder = cache / "ccstack" / f"benchmark-peers-{mark}"
    done = folder / "installed"
    if not done.exists():
        print(f"installing {', '.join(PINS)} into {folder}", file=sys.stderr, flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        pip = [str(folder / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", *PINS]
        subprocess.run(pip, check=True)
        done.touch()
    return folder


@dataclass(frozen=True)
class Tree:
    """A rendered and bound tree: `hosts/HOST/{manifest.json,tree/...}`."""

    folder: Path
    absent: Mapping[str, Sequence[str]]
    """Folders that each host's image does not have."""

    @cached_property
    def manifests(self) -> dict[str, dict[str, Any]]:
        """Each host's manifest."""
        found = sorted(self.folder.glob("hosts/*/manifest.json"))
        return {path.parent.name: json.loads(path.read_text()) for path in found}

    def facts(self) -> dict[str, dict[str, Any]]:
        """What the peers' descriptions need to know of each host."""
        return {host: self._facts(host, manifest) for host, manifest in self.manifests.items()}

    def _facts(self, host: str, manifest: Mapping[str, Any]) -> dict[str, Any]:
        expect = manifest["expect"]
        classes = {file["apply"] for file in manifest["files"]} - {"none"}
        return {
            "tree": str(self.folder / "hosts" / host / "tree"),
            "folders": list(self.absent[host]),
            "files": {file["path"]: _about(file) for file in manifest["files"] if not _is_audio(file)},
            "audio": {_folder(file): _about(file) for file in manifest["files"] if _is_audio(file)},
            "units": manifest["units"],
            "reloads": {name: [list(step) for step in CLASSES[name](expect)] for name in CLASSES if name in classes},
        }


def folders_of(manifest: Mapping[str, Any]) -> list[str]:
    """Every folder that a host's files lie in, parents first."""
    parents = {parent for file in manifest["files"] for parent in PurePosixPath(file["path"]).parents}
    return sorted(map(str, parents))


def _about(file: Mapping[str, Any]) -> dict[str, str]:
    return {name: file[name] for name in ("owner", "group", "mode", "apply")}


def _is_audio(file: Mapping[str, Any]) -> bool:
    return str(file["path"]).endswith(".wav")


def _folder(file: Mapping[str, Any]) -> str:
    return str(PurePosixPath(file["path"]).parent)


def _word(text: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in text).strip("_")


# --- Ansible ---


def write_ansible(target: Path, trees: Mapping[str, Tree], venv: Path, mitogen: bool) -> None:
    """Write `ansible.cfg`, `site.yml` and an inventory for each tree (`a.json` ...)."""
    target.mkdir()
    (target / "ansible.cfg").write_text(_settings(venv, mitogen))
    facts = {name: tree.facts() for name, tree in trees.items()}
    for name, hosts in facts.items():
        shared = {"ansible_user": "root", "ansible_python_interpreter": "/usr/bin/python3"}
        variables = {host: {"cc": _known(about)} for host, about in hosts.items()}
        (target / f"{name}.json").write_text(json.dumps({"all": {"hosts": variables, "vars": shared}}))
    play = {"name": "Center", "hosts": "all", "gather_facts": False}
    hosts = next(iter(facts.values()))
    (target / "site.yml").write_text(
        json.dumps([play | {"tasks": _tasks(hosts), "handlers": _handlers(hosts)}], indent=1)
    )


def _known(about: Mapping[str, Any]) -> dict[str, Any]:
    """What tasks ask of their host while they run."""
    return {
        "tree": about["tree"],
        "has": [*about["folders"], *about["files"], *about["audio"], *about["units"]],
        "reloads": about["reloads"],
    }


def _settings(venv: Path, mitogen: bool) -> str:
    lines = ["[defaults]", f"forks = {FORKS}", "host_key_checking = True", "retry_files_enabled = False"]
    if mitogen:
        [strategy] = venv.glob("lib/python*/site-packages/ansible_mitogen/plugins/strategy")
        lines += [f"strategy_plugins = {strategy}", "strategy = mitogen_linear"]
    return "\n".join([*lines, "[ssh_connection]", "pipelining = True", ""])


def _union(hosts: Mapping[str, Mapping[str, Any]], key: str) -> dict[str, Any]:
    """Folders, files or units of all hosts, each once, with what the first host says about it."""
    merged: dict[str, Any] = {}
    for about in hosts.values():
        each = about[key]
        for name in each:
            merged.setdefault(name, each[name] if isinstance(each, Mapping) else None)
    return merged


def _tasks(hosts: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    everywhere = len(hosts)

    def task(name: str, key: str, body: Mapping[str, Any]) -> dict[str, Any]:
        count = sum(name in about[key] for about in hosts.values())
        only = {} if count == everywhere else {"when": f"'{name}' in cc.has"}
        return {"name": name, **body, **only}

    found = [task(name, "folders", {"ansible.builtin.file": _directory(name)}) for name in _union(hosts, "folders")]
    found += [task(path, "files", _copy(path, about)) for path, about in _union(hosts, "files").items()]
    found += [task(path, "audio", _copy_folder(path, about)) for path, about in _union(hosts, "audio").items()]
    ground = [path for path, about in _union(hosts, "files").items() if about["apply"] == "systemd"]
    found += [_database(*row) for row in DATABASES if row[0] in _union(hosts, "files")]
    return found + [task(name, "units", _start(name, ground)) for name in _union(hosts, "units")]


def _directory(path: str) -> dict[str, str]:
    return {"path": path, "state": "directory", "mode": "0755"}


def _copy(path: str, about: Mapping[str, str]) -> dict[str, Any]:
    owned = {name: about[name] for name in ("owner", "group", "mode")}
    body: dict[str, Any] = {"ansible.builtin.copy": {"src": "{{ cc.tree }}" + path, "dest": path, **owned}}
    body |= {"register": _word(path)} if _is_waited_for(path, about) else {}
    return body | _notify(about)


def _is_waited_for(path: str, about: Mapping[str, str]) -> bool:
    return about["apply"] == "systemd" or path in [schema for schema, _, _ in DATABASES]


def _copy_folder(path: str, about: Mapping[str, str]) -> dict[str, Any]:
    owned = {name: about[name] for name in ("owner", "group", "mode")} | {"directory_mode": "0755"}
    return {
        "ansible.builtin.copy": {"src": "{{ cc.tree }}" + path + "/", "dest": path + "/", **owned},
        **_notify(about),
    }


def _notify(about: Mapping[str, str]) -> dict[str, str]:
    return {} if about["apply"] in ("none", "systemd") else {"notify": about["apply"]}


def _database(schema: str, database: str, owner: str) -> dict[str, Any]:
    return {
        "name": database,
        "ansible.builtin.shell": database_command(schema, database, owner),
        "when": f"{_word(schema)} is changed",
    }


def database_command(schema: str, database: str, owner: str) -> str:
    """What applies a schema."""
    return f"sqlite3 {database} < {schema} && chown {owner}:{owner} {database}"


def _start(unit: str, ground: Iterable[str]) -> dict[str, Any]:
    """Enabled and started; systemd reads its files anew when one of them was put there."""
    reread = "{{ " + (" or ".join(f"{_word(path)} is changed" for path in ground) or "false") + " }}"
    about = {"name": unit, "enabled": True, "state": "started", "daemon_reload": reread}
    return {"ansible.builtin.systemd_service": about, "register": _word(unit)}


def _handlers(hosts: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    classes = {name for about in hosts.values() for name in about["reloads"]} - {"systemd"}
    return [_handler(name) for name in CLASSES if name in classes]


def _handler(name: str) -> dict[str, Any]:
    unit = unit_of(name)
    unless_fresh = {"when": f"{_word(unit)} is not changed"} if unit else {}
    loop = {"loop": f"{{{{ cc.reloads['{name}'] }}}}"}
    return {"name": name, "ansible.builtin.command": {"argv": "{{ item }}"}, **loop, **unless_fresh}


# --- pyinfra ---

_PYINFRA = '''
"""One host's share of the center."""

import json
import shlex
from pathlib import Path

from pyinfra import host
from pyinfra.operations import files, server, systemd

about = json.loads((Path(__file__).parent / f"{host.data.tree}.json").read_text())[host.name]
tree = about["tree"]
put, started = {}, {}

for path in host.loop(about["folders"]):
    files.directory(name=path, path=path, mode="755")
for path, one in host.loop(about["files"].items()):
    owned = {"user": one["owner"], "group": one["group"], "mode": one["mode"].lstrip("0")}
    done = files.put(name=path, src=tree + path, dest=path, **owned)
    put.setdefault(one["apply"], []).append(done)
    for schema, database, owner, command in host.loop(about["databases"]):
        if schema == path:
            server.shell(name=database, commands=[command], _if=done.did_change)
for path, one in host.loop(about["audio"].items()):
    owned = {"user": one["owner"], "group": one["group"], "mode": one["mode"].lstrip("0")}
    done = files.sync(name=path, src=tree + path, dest=path, dir_mode="755", **owned)
    put.setdefault(one["apply"], []).append(done)


def any_changed(operations):
    return lambda: any(operation.did_change() for operation in operations)


systemd.daemon_reload(name="units", _if=any_changed(put.get("systemd", [])))
for unit in host.loop(about["units"]):
    started[unit] = systemd.service(name=unit, service=unit, running=True, enabled=True)
for name, unit, commands in host.loop(about["reloads"]):
    if unit in started:
        needed = lambda name=name, unit=unit: any_changed(put[name])() and not started[unit].did_change()
    else:
        needed = any_changed(put[name])
    server.shell(name=name, commands=[shlex.join(command) for command in commands], _if=needed)
'''


def write_pyinfra(target: Path, trees: Mapping[str, Tree]) -> None:
    """Write `site.py`, and for each tree its facts (`a.json`) and an inventory (`hosts_a.py`)."""
    target.mkdir()
    (target / "site.py").write_text(_PYINFRA.lstrip())
    for name, tree in trees.items():
        facts = {host: about | _for_pyinfra(about) for host, about in tree.facts().items()}
        (target / f"{name}.json").write_text(json.dumps(facts))
        hosts = [(host, {"ssh_user": "root", "tree": name}) for host in facts]
        (target / f"hosts_{name}.py").write_text(f"hosts = {hosts!r}\n")


def _for_pyinfra(about: Mapping[str, Any]) -> dict[str, Any]:
    reloads = [(name, unit_of(name), steps) for name, steps in about["reloads"].items() if name != "systemd"]
    return {"reloads": reloads, "databases": [(*row, database_command(*row)) for row in DATABASES]}
