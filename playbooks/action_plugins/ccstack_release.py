"""Ansible action `ccstack_release`: one file goes to the host, one command brings the release in it into place.

It takes `tree` (what `ccstack render --bind` wrote) and `on_foreign`, packs the host's part of the tree behind the
activator, and hands on the activator's own answer.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

ON_FOREIGN = ("refuse", "adopt", "backup")


class ActionModule(ActionBase):  # type: ignore[misc]
    """Runs on the controller, once a host."""

    # Ansible would make a second temporary folder, and forget it.
    TRANSFERS_FILES = False
    _supports_check_mode = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """The activator's answer, as a task result."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        host = str((task_vars or {})["inventory_hostname"])
        tree, on_foreign = Path(str(self._task.args["tree"])).expanduser(), str(self._task.args["on_foreign"])
        if on_foreign not in ON_FOREIGN:
            raise AnsibleActionFail(f"on_foreign: {on_foreign!r} is none of {', '.join(ON_FOREIGN)}")
        if not (tree / "hosts" / host / "manifest.json").is_file():
            raise AnsibleActionFail(
                f"{tree}: nothing for {host} in it; make it with: ccstack render FILE --bind -o DIR"
            )
        return result | self._answer(tree, host, on_foreign)

    def _answer(self, tree: Path, host: str, on_foreign: str) -> dict[str, Any]:
        folder = self._make_tmp_path()
        remote = self._connection._shell.join_path(folder, "release.pyz")
        try:
            self._send(tree, host, remote)
            command = f"python3 {shlex.quote(remote)} release --on-foreign {on_foreign}"
            ran = self._low_level_execute_command(command)
        finally:
            self._remove_tmp_path(folder)
        try:
            return dict(json.loads(ran["stdout"].strip().splitlines()[-1]))
        except (ValueError, IndexError):
            words = (ran.get("stderr") or "") + (ran.get("stdout") or "")
            return {"failed": True, "messages": [f"the activator ended with {ran['rc']}: {words.strip()[-2000:]}"]}

    def _send(self, tree: Path, host: str, remote: str) -> None:
        handle, local = tempfile.mkstemp(dir=_local_temp())
        os.close(handle)
        try:
            pack(tree / "activate.pyz", tree / "hosts" / host, Path(local))
            self._transfer_file(local, remote)
        finally:
            os.unlink(local)


def _local_temp() -> str:
    from ansible import constants

    return str(constants.DEFAULT_LOCAL_TMP)


def pack(activator: Path, part: Path, target: Path) -> None:
    """Write to `target` the activator with the host's part of the tree behind it: still a program for Python."""
    shutil.copyfile(activator, target)
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED, compresslevel=1, strict_timestamps=False) as archive:
        for file in sorted(part.rglob("*")):
            if file.is_file():
                archive.write(file, str(file.relative_to(part)))
