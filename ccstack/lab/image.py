"""The disk that lab hosts start from: the distribution's own packages, built once and kept by its recipe's hash.

An image is three read-only layers: `base` (what a fresh server with ssh has), `archive` (the packages of everything
else, as an apt repository on the disk), `telephony` (those packages installed). A full host sees all three; a bare
host sees the first two and installs from the archive with its own apt.
"""

import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .errors import LabError
from .locks import alone
from .topology import Image as Variant

SUITE = "forky"
"""Debian's testing suite: the first with Asterisk 22, Kamailio 6.1 and rtpengine."""

BASE = [
    "systemd",
    "systemd-sysv",
    "dbus",
    "mount",
    "openssh-server",
    "sudo",
    "python3",
    "python3-apt",
    "iproute2",
    "iputils-ping",
    "procps",
    "ca-certificates",
    "tzdata",
]

TELEPHONY = [
    "asterisk",
    "asterisk-core-sounds-en",
    "kamailio",
    "kamailio-extra-modules",
    "kamailio-sqlite-modules",
    "kamailio-tls-modules",
    "kamailio-utils-modules",
    "rtpengine-daemon",
    "kea-dhcp4-server",
    "dnsmasq",
    "nginx",
    "nftables",
    "chrony",
    "frr",
    "logrotate",
    "sqlite3",
    "sip-tester",
    "baresip-core",
    "ssl-cert",
]

SERVICES = (
    "asterisk",
    "kamailio",
    "rtpengine-daemon",
    "kea-dhcp4-server",
    "dnsmasq",
    "nginx",
    "nftables",
    "chrony",
    "frr",
)
"""Off on a full host until bootstrap enables them; a package's own configuration serves nobody. FRR is never enabled: a
test starts it, for a command line that is not ours. So does one with baresip, for a softphone that is not ours."""

USELESS = [
    "apt-daily.timer",
    "apt-daily-upgrade.timer",
    "dpkg-db-backup.timer",
    "e2scrub_all.timer",
    "e2scrub_reap.service",
    "fstrim.timer",
    "getty@.service",
    "systemd-modules-load.service",
    "systemd-pstore.service",
    "systemd-udevd.service",
    "systemd-udev-trigger.service",
    "sshd-keygen.service",
    "dev-hugepages.mount",
    "sys-fs-fuse-connections.mount",
    "ldconfig.service",
    "systemd-ask-password-console.path",
    "systemd-ask-password-wall.path",
]
"""Units for hardware, kernel modules and consoles, which a namespace has not; and ssh keys, which the lab brings."""

ARCHIVE = "srv/ccstack-archive"

_UNREAD = ("man", "doc", "locale", "info")

_INSTALL = """
set -eu
layers=$1; shift
mkdir -p "$layers/telephony" "$layers/work" "$layers/root"
mount -t overlay overlay -o "lowerdir=$layers/base,upperdir=$layers/telephony,workdir=$layers/work" "$layers/root"
cd "$layers/root"
mount -t proc proc proc
mount --rbind /dev dev
cp -L /etc/resolv.conf etc/resolv.conf
printf '#!/bin/sh\\nexit 101\\n' > usr/sbin/policy-rc.d
chmod 755 usr/sbin/policy-rc.d
DEBIAN_FRONTEND=noninteractive chroot . apt-get --yes --quiet --no-install-recommends \
  -o APT::Keep-Downloaded-Packages=true -o Dpkg::Options::=--force-unsafe-io install "$@"
rm usr/sbin/policy-rc.d etc/resolv.conf
"""

_CHRONY = """\
# A lab host shares the clock of the machine that it runs on, and may not set it: chrony runs and sets nothing.
[Unit]
ConditionVirtualization=
ConditionCapability=

[Service]
ExecStart=
ExecStart=!/usr/sbin/chronyd -n -x $DAEMON_OPTS
"""

_RECIPE = json.dumps([SUITE, BASE, TELEPHONY, SERVICES, USELESS, ARCHIVE, _UNREAD, _INSTALL, _CHRONY, 2])
"""The number rises with any change of this file that changes what is built."""


@dataclass(frozen=True, slots=True)
class Image:
    """A finished image."""

    path: Path

    def layers(self, variant: Variant) -> tuple[Path, ...]:
        """Its layers for a host, the uppermost first, as overlayfs wants them."""
        names = ("telephony", "archive", "base") if variant is Variant.FULL else ("archive", "base")
        return tuple(self.path / name for name in names)


def image_path(cache: Path) -> Path:
    """Where the image of this version's recipe is, or will be."""
    return cache / hashlib.sha256(_RECIPE.encode()).hexdigest()[:16]


def ensure(cache: Path, say: Callable[[str], None]) -> Image:
    """The image, built if it is not in the cache; about a minute. LabError if it cannot be built."""
    final = image_path(cache)
    if final.exists():
        return Image(final)
    with alone(cache / f"{final.name}.lock"):
        if not final.exists():
            draft = cache / f"{final.name}.partial"
            shutil.rmtree(draft, ignore_errors=True)
            _build(draft, say)
            draft.rename(final)
    return Image(final)


def _build(draft: Path, say: Callable[[str], None]) -> None:
    if missing := [tool for tool in ("mmdebstrap", "dpkg-deb") if shutil.which(tool) is None]:
        raise LabError(f"to build the lab's image: tools missing: {', '.join(missing)}; apt-get install mmdebstrap")
    draft.mkdir()
    say(f"building the lab's image, once, about a minute: Debian {SUITE}, {len(BASE)} base packages")
    _tool(draft, "mmdebstrap", *_mmdebstrap_options(), SUITE, str(draft / "base"))
    say(f"building the lab's image: Asterisk, Kamailio, rtpengine and {len(TELEPHONY) - 3} more")
    _tool(draft, "sh", "-c", _INSTALL, "install", str(draft), *TELEPHONY)
    _make_archive(draft)
    _quieten(draft)
    for name in ("work", "root"):
        shutil.rmtree(draft / name)


def _mmdebstrap_options() -> list[str]:
    # The mirror's release file can be past its Valid-Until; the lists are needed for the second layer.
    return [
        "--mode=root",
        "--variant=apt",
        '--aptopt=Acquire::Check-Valid-Until "false"',
        "--dpkgopt=force-unsafe-io",
        *(f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in _UNREAD),
        "--skip=cleanup/apt/lists",
        f"--include={','.join(BASE)}",
    ]


def _tool(draft: Path, *argv: str) -> None:
    """Run a build step in mount and process namespaces of its own, so that it ends with us, whatever ends us."""
    alone = ("setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--fork", "--kill-child")
    log = draft / "build.log"
    with log.open("ab") as output:
        done = subprocess.run([*alone, *argv], stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False)
    if done.returncode != 0:
        tail = log.read_text(errors="replace").splitlines()[-15:]
        raise LabError([f"{argv[0]} failed with exit code {done.returncode}; {log} ends with:", *tail])


def _make_archive(draft: Path) -> None:
    """Turn the packages that the telephony layer was installed from into a repository on the disk."""
    archive = draft / "archive" / ARCHIVE
    archive.mkdir(parents=True)
    for package in (draft / "telephony/var/cache/apt/archives").glob("*.deb"):
        package.rename(archive / package.name)
    stanzas = [_stanza(package) for package in sorted(archive.glob("*.deb"))]
    (archive / "Packages").write_text("\n".join(stanzas))
    sources = draft / "archive/etc/apt/sources.list"
    sources.parent.mkdir(parents=True)
    sources.write_text(f"deb [trusted=yes] file:/{ARCHIVE} ./\n")


def _stanza(package: Path) -> str:
    """The package's entry in the index (deb822; Debian's RepositoryFormat)."""
    control = subprocess.run(["dpkg-deb", "--field", str(package)], check=True, capture_output=True, text=True).stdout
    digest = hashlib.sha256(package.read_bytes()).hexdigest()
    return f"{control}Filename: ./{package.name}\nSize: {package.stat().st_size}\nSHA256: {digest}\n"


def _quieten(draft: Path) -> None:
    """Leave out what no lab host needs at boot, so that it is up in a second and `running`."""
    shutil.rmtree(draft / "base/var/lib/apt/lists")
    (draft / "base/var/lib/apt/lists/partial").mkdir(parents=True)
    (draft / "base/etc/apt/apt.conf.d/90languages").write_text('Acquire::Languages "none";\n')
    (draft / "base/etc/resolv.conf").unlink(missing_ok=True)
    drop_in = draft / "archive/etc/systemd/system/chrony.service.d/lab.conf"
    drop_in.parent.mkdir(parents=True)
    drop_in.write_text(_CHRONY)
    for unit in USELESS:
        link = draft / "base/etc/systemd/system" / unit
        link.unlink(missing_ok=True)
        link.symlink_to("/dev/null")
    for service in SERVICES:
        for wants in (draft / "telephony/etc/systemd/system").glob("*.wants"):
            (wants / f"{service}.service").unlink(missing_ok=True)
