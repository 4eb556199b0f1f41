"""Where a desk phone's configuration comes from: its provisioning server, or what it kept from the last time."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from . import formats
from .config import FormatError, PhoneConfig
from .dhcp import Lease
from .fetch import Credentials, FetchError, Way, fetch
from .flash import Flash, Kept
from .protocol import Staged
from .space import sockets_in
from .vendors import HABITS, file_url


class StuckError(Exception):
    """The phone does not get further for now; the text says why."""


@dataclass(frozen=True)
class Read:
    """A configuration that the phone runs on."""

    config: PhoneConfig
    server: str
    """The server that it came from, or `flash`."""
    files: tuple[bytes, ...]
    name: str = ""
    fresh: bool = True
    """Whether a server gave it just now."""


@dataclass(frozen=True)
class Source:
    """What a phone has to ask with: itself, its network namespace, its flash."""

    staged: Staged
    space: Path
    flash: Flash

    async def newest(self, lease: Lease) -> Read:
        """From the server that DHCP names, else from the one that the last file names, else from flash.

        Raises `StuckError` when none of them has one.
        """
        last = self.flash.read()
        old = self._parsed_or_none(last)
        problems = []
        for url in self._urls(lease, last, old):
            try:
                files = await self._fetched(url, old)
                config = formats.read(self.staged.vendor, files)
            except (FetchError, FormatError) as error:
                problems.append(str(error))
                continue
            self.flash.keep(files=files, url=url)
            return Read(config, urlsplit(url).hostname or "", files, _file_name(url))
        if old is None:
            raise StuckError("; ".join(problems) or f"DHCP gave no URL in option {self._options_read()}")
        return Read(old, "flash", last.files, _file_name(last.url), fresh=False)

    def kept(self) -> PhoneConfig | None:
        """What it read last; None for a new phone."""
        return self._parsed_or_none(self.flash.read())

    async def trusted(self, config: PhoneConfig) -> list[str]:
        """What the configuration says is to be believed, too; a certificate that cannot be had is not."""
        found = [text for text in config.trust if "BEGIN CERTIFICATE" in text]
        for url in config.trust:
            with suppress(FetchError):
                found += [(await fetch(url, Credentials(), self._way())).decode()] if "://" in url else []
        return found

    def _options_read(self) -> str:
        return " or ".join(map(str, HABITS[self.staged.vendor].options))

    def _urls(self, lease: Lease, last: Kept, old: PhoneConfig | None) -> list[str]:
        given = [lease.text(option) for option in HABITS[self.staged.vendor].options]
        found = [next(filter(None, given), None), old.url if old else None, last.url]
        staged = self.staged
        return list(dict.fromkeys(file_url(staged.vendor, staged.model, staged.mac, url) for url in found if url))

    def _parsed_or_none(self, last: Kept) -> PhoneConfig | None:
        """Of several files, values in earlier ones count (Poly's rule)."""
        with suppress(FormatError):
            return formats.read(self.staged.vendor, last.files) if last.files else None
        return None

    async def _fetched(self, url: str, old: PhoneConfig | None) -> tuple[bytes, ...]:
        """The file and those that it names; with the credentials of the last configuration, else those keyed in."""
        keyed = Credentials(self.staged.mac, self.staged.password.get_secret_value(), self.staged.factory)
        shown = Credentials(old.user, old.password, self.staged.factory) if old and old.password else keyed
        try:
            first = await fetch(url, shown, self._way())
        except FetchError as error:
            if error.why != "refused" or shown == keyed:
                raise
            shown = keyed
            first = await fetch(url, shown, self._way())
        names = formats.read(self.staged.vendor, (first,)).more_files
        return (first, *[await fetch(urljoin(url, name), shown, self._way()) for name in names])

    def _way(self) -> Way:
        return Way(sockets_in(self.space), (self.staged.ca,))


def _file_name(url: str) -> str:
    return urlsplit(url).path.rpartition("/")[2]
