"""A jump host: the driver goes through it by ssh(1), and checks the switch's own host key all the same."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncssh
import pytest

from ccstack.drivers.base import Unknown
from ccstack.drivers.switches.access import Patience

from .bench import bench


class _Jump(asyncssh.SSHServer):
    """Lets in whoever has the key, and forwards."""

    forwarded: list[int] = []

    def connection_requested(self, dest_host: str, dest_port: int, orig_host: str, orig_port: int) -> bool:
        self.forwarded.append(dest_port)
        return True


async def _listening(host_key: asyncssh.SSHKey, client: Path) -> asyncssh.SSHAcceptor:
    given = {"server_host_keys": [host_key], "authorized_client_keys": str(client)}
    return await asyncssh.listen("127.0.0.1", 0, server_factory=_Jump, **given)


@contextmanager
def jump_host(folder: Path) -> Iterator[tuple[int, list[str]]]:
    """Its port, and the options with which ssh knows it and its key."""
    key, host_key = asyncssh.generate_private_key("ssh-ed25519"), asyncssh.generate_private_key("ssh-ed25519")
    key.write_private_key(folder / "key")
    key.write_public_key(folder / "key.pub")
    (folder / "key").chmod(0o600)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(_listening(host_key, folder / "key.pub"), loop).result(10)
    port = server.get_port()
    (folder / "known").write_text(f"[127.0.0.1]:{port} {host_key.export_public_key().decode()}")
    try:
        known = ["-o", f"UserKnownHostsFile={folder / 'known'}", "-o", "GlobalKnownHostsFile=none"]
        yield port, ["-F", "none", "-i", str(folder / "key"), *known]
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


def test_by_way_of_a_jump_host(tmp_path: Path) -> None:
    _Jump.forwarded.clear()
    with (
        jump_host(tmp_path) as (port, options),
        bench(tmp_path, "arista-eos", access={"jump": f"ops@127.0.0.1:{port}"}, jump_options=options) as one,
    ):
        assert one.apply().status == "changed"
        assert one.is_as_wanted()
        assert set(_Jump.forwarded) == {one.sim.port}


@pytest.mark.parametrize("missing", ["known", "key"])
def test_a_jump_host_that_is_not_known_or_does_not_know_us(tmp_path: Path, missing: str) -> None:
    with jump_host(tmp_path) as (port, options):
        (tmp_path / missing).unlink()
        access = {"jump": f"ops@127.0.0.1:{port}"}
        with bench(tmp_path, "arista-eos", access=access, jump_options=options, patience=Patience(connect=3)) as one:
            seen = one.driver.observe([one.target])["sw0"]
            assert isinstance(seen, Unknown)
            assert f"by way of ops@127.0.0.1:{port}" in seen.why
