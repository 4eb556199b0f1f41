"""What people push to switches with, each as its documentation shows it: run by `benchmarks/switches.py`.

    python benchmarks/switch_peers.py TOOL push|noop JOB.json

`push` enters the lines and saves; `noop` looks whether they are there. Exit code 1 when that is not so in the end.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

Job = dict[str, Any]
Tool = Callable[[str], bool]
"""Does `push` or `noop`; whether all is right then."""


def _device(job: Job, port: int) -> dict[str, Any]:
    access = {"username": "admin", "password": job["password"]}
    return {"device_type": "cisco_ios", "host": "127.0.0.1", "port": port, **access, "conn_timeout": 60}


def _has(text: str, job: Job) -> bool:
    there = {line.strip() for line in text.splitlines()}
    return all(line.strip() in there for line in job["shown"])


def netmiko(job: Job) -> Tool:
    """netmiko in a loop of threads; `floor` is the least that anybody can do: connect, and show."""
    from netmiko import ConnectHandler

    def one(action: str, port: int) -> bool:
        with ConnectHandler(**_device(job, port)) as connection:
            if action == "push":
                connection.send_config_set(job["typed"], error_pattern=r"^% ", read_timeout=60)
                connection.save_config()
                return True
            text = str(connection.send_command("show running-config", read_timeout=60))
            return action == "floor" or _has(text, job)

    def all_of_them(action: str) -> bool:
        with ThreadPoolExecutor(job["forks"]) as pool:
            return all(list(pool.map(lambda switch: one(action, switch[1]), job["switches"])))

    return all_of_them


def nornir(job: Job) -> Tool:
    """nornir with nornir-netmiko."""
    from nornir.core import Nornir
    from nornir.core.inventory import ConnectionOptions, Defaults, Groups, Host, Hosts, Inventory
    from nornir.core.plugins.connections import ConnectionPluginRegister
    from nornir.core.state import GlobalState
    from nornir.core.task import Result, Task
    from nornir.plugins.runners import ThreadedRunner
    from nornir_netmiko import netmiko_save_config, netmiko_send_command, netmiko_send_config

    hosts = Hosts()
    for name, port, _ in job["switches"]:
        device = _device(job, port)
        options = {"netmiko": ConnectionOptions(extras={"conn_timeout": device["conn_timeout"]})}
        hosts[name] = Host(
            name, device["host"], port, device["username"], device["password"], "cisco_ios", connection_options=options
        )

    def one(task: Task, action: str) -> Result:
        if action == "push":
            task.run(netmiko_send_config, config_commands=job["typed"], error_pattern=r"^% ", read_timeout=60)
            return Result(task.host, result=task.run(netmiko_save_config).failed is False)
        text = str(task.run(netmiko_send_command, command_string="show running-config", read_timeout=60).result)
        return Result(task.host, result=_has(text, job))

    def all_of_them(action: str) -> bool:
        answers = made.run(one, action=action)
        return not answers.failed and all(answer[0].result for answer in answers.values())

    ConnectionPluginRegister.auto_register()
    inventory = Inventory(hosts, Groups(), Defaults())
    made = Nornir(inventory, runner=ThreadedRunner(job["forks"]), data=GlobalState())
    return all_of_them


_PLAYBOOK = """\
- hosts: all
  gather_facts: false
  tasks:
    - cisco.ios.ios_config: {src: %s, save_when: modified}
"""


def _without_qos(lines: list[str]) -> list[str]:
    kept, skips = [], False
    for line in lines:
        skips = skips if line.startswith(" ") else line.startswith(("class-map", "policy-map"))
        kept += [] if skips or "service-policy" in line else [line]
    return kept


def ansible(job: Job) -> Tool:
    """Ansible with cisco.ios.ios_config, which finds out by itself what is there.

    Without classes and policies: it types the second class of a policy where it does not belong.
    """
    folder = Path(job["folder"])
    variables = {
        "ansible_connection": "ansible.netcommon.network_cli",
        "ansible_network_os": "cisco.ios.ios",
        "ansible_user": "admin",
        "ansible_password": job["password"],
        "ansible_host_key_checking": False,
        "ansible_command_timeout": 300,
    }
    hosts = {
        name: {"ansible_host": "127.0.0.1", "ansible_port": port, **variables} for name, port, _ in job["switches"]
    }
    (folder / "inventory.json").write_text(json.dumps({"all": {"hosts": hosts}}))
    (folder / "lines.cfg").write_text("".join(f"{line}\n" for line in _without_qos(job["lines"])))
    (folder / "play.yml").write_text(_PLAYBOOK % (folder / "lines.cfg"))
    command = [str(Path(sys.executable).parent / "ansible-playbook"), "-i", str(folder / "inventory.json")]
    command += ["-f", str(job["forks"]), str(folder / "play.yml")]

    def play(_action: str) -> bool:
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            print(done.stdout[-2000:], done.stderr[-2000:], file=sys.stderr)
        return done.returncode == 0

    return play


TOOLS = {"netmiko": netmiko, "nornir": nornir, "ansible": ansible}

if __name__ == "__main__":
    name, wish, path = sys.argv[1:]
    tool = TOOLS[name](json.loads(Path(path).read_text()))
    began = time.monotonic()
    is_right = tool(wish)
    print(time.monotonic() - began)
    sys.exit(0 if is_right else 1)
