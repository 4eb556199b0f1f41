"""All phones of a lab in one process: `daemon.py FOLDER`.

It serves FOLDER/phones.sock: a command is one JSON object a line, `{"do": "boot", "with": {...}}`, its answer
`{"result": ...}` or `{"error": "..."}`. Each phone's user agent serves FOLDER/ua/<name>.sock, as `ccstack.calls.agentd`
does. The process ends with the lab.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from .phone import LabPhone
from .protocol import Staged

_LINE_LIMIT = 1 << 20
Values = dict[str, Any]


def commands_socket(folder: Path) -> Path:
    """Where the process takes commands."""
    return folder / "phones.sock"


def agent_socket(folder: Path, phone: str) -> Path:
    """Where a phone's user agent takes commands."""
    return folder / "ua" / f"{phone}.sock"


class Phones:
    """The phones that were given power once, by name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._phones: dict[str, LabPhone] = {}
        self._servers: dict[str, asyncio.Server] = {}
        self.verbs: dict[str, Callable[[Values], Any]] = {
            "boot": self._boot,
            "pull": self._pull,
            "status": lambda _: [phone.status().model_dump(mode="json") for phone in self._phones.values()],
        }

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Obey a client until it is gone."""
        while line := await reader.readline():
            writer.write(json.dumps(await self._obey(line)).encode() + b"\n")
        writer.close()

    async def _obey(self, line: bytes) -> Values:
        command = json.loads(line)
        try:
            result = self.verbs[command["do"]](command["with"])
            return {"result": await result if asyncio.iscoroutine(result) else result}
        except ValidationError as error:
            # The text of the input stays out: it may be a password.
            return {"error": "; ".join(f"{p['loc']}: {p['msg']}" for p in error.errors(include_input=False))}
        except (OSError, KeyError, ValueError) as error:
            return {"error": f"{command.get('do')}: {type(error).__name__}: {error}"}

    async def _boot(self, values: Values) -> None:
        staged = Staged.model_validate(values["staged"])
        self._pull({"name": staged.name})
        phone = LabPhone(staged, values["namespace"], self._folder)
        self._phones[staged.name] = phone
        await self._attend(staged.name, phone)
        phone.power()

    async def _attend(self, name: str, phone: LabPhone) -> None:
        if (before := self._servers.pop(name, None)) is not None:
            before.close()
        path = agent_socket(self._folder, name)
        path.parent.mkdir(exist_ok=True, mode=0o700)
        path.unlink(missing_ok=True)

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await phone.commands.serve(reader, lambda said: writer.write(json.dumps(said).encode() + b"\n"))
            writer.close()

        self._servers[name] = await asyncio.start_unix_server(serve, path, limit=_LINE_LIMIT)

    def _pull(self, values: Values) -> None:
        if (phone := self._phones.get(values["name"])) is not None:
            phone.pull()


async def _run(folder: Path) -> None:
    over = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, over.set)
    os.umask(0o077)  # whoever may connect may place calls, and what is written here holds passwords
    path = commands_socket(folder)
    path.unlink(missing_ok=True)
    server = await asyncio.start_unix_server(Phones(folder).serve, path, limit=_LINE_LIMIT)
    await over.wait()
    server.close()
    with suppress(FileNotFoundError):
        path.unlink()


def main() -> None:
    """Play the phones until told to end."""
    parser = argparse.ArgumentParser(description="the desk phones of a lab")
    parser.add_argument("folder", type=Path, help="the phones' folder of the lab")
    asyncio.run(_run(parser.parse_args().folder))


if __name__ == "__main__":
    main()
