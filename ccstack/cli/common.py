"""What the verbs share: the blueprint argument, refusals with their exit code, and how JSON is printed."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal

import click

from ccstack.load import CENTER_SCHEMA, load
from ccstack.model import ContactCenter
from ccstack.problems import LoadError

if TYPE_CHECKING:
    from ccstack.design import Design
    from ccstack.drivers.base import Watch
    from ccstack.drivers.fleet import Fleet
    from ccstack.drivers.hosts import Built, HostDriver, HostTarget, OnForeign, Session
    from ccstack.drivers.switches.driver import SwitchDriver
    from ccstack.drivers.switches.result import SwitchTarget
    from ccstack.lab.lab import Lab
    from ccstack.model.switch import Switch
    from ccstack.plan.compare import Actual
    from ccstack.plan.plan import Plan
    from ccstack.render.state import DesiredState
    from ccstack.secrets import BoundState, Vault

NO, UNUSABLE, UNKNOWN = 1, 2, 3
"""Exit codes: the answer is no; wrong usage or input; something could not be checked."""

blueprint = click.argument("file", type=click.Path(path_type=Path))
"""The blueprint: a Python file that defines `center`, or JSON as `show --json` prints it."""


class Refused(click.ClickException):
    """The verb stops; the message says all that is wrong. Nothing was written."""

    exit_code = UNUSABLE

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(self.message, file=file, err=file is None)


@contextmanager
def refusing(*kinds: type[Exception]) -> Iterator[None]:
    """Errors of these kinds, whose text is for users, end the verb without a traceback."""
    try:
        yield
    except kinds as error:
        raise Refused(str(error)) from error


def loaded(file: Path) -> ContactCenter:
    """The center in `file`; if it cannot be loaded, every reason is printed and the verb ends with 2."""
    with refusing(LoadError):
        return load(file)


def checked(file: Path) -> Design:
    """The design of the center in `file`. Ends with 2 if it cannot be loaded, with 1 if a rule finds an error."""
    return designed(loaded(file))


def designed(center: ContactCenter) -> Design:
    """The design of a center. Ends with 1 if a rule finds an error."""
    from ccstack.design import design  # not above: a verb that does not check need not wait for the rules
    from ccstack.rules import check
    from ccstack.rules.formats import write

    plan = design(center)
    errors = [finding for finding in check(plan) if finding.severity == "error"]
    if errors:
        click.echo(write(errors, "text"), nl=False, err=True)
        raise click.exceptions.Exit(NO)
    return plan


def rendered(plan: Design) -> DesiredState:
    """What shall be on the hosts. Ends with 1 if a value of the blueprint cannot be written safely."""
    from ccstack.render.render import render
    from ccstack.render.text import RenderError

    try:
        return render(plan)
    except RenderError as error:
        click.echo(str(error), err=True)
        raise click.exceptions.Exit(NO) from error


@dataclass(frozen=True)
class Ready:
    """A center that can be put on its hosts: secrets are filled in, audio and certificates are made."""

    plan: Design
    state: DesiredState
    vault: Vault
    built: Built
    bound: BoundState

    def line_password(self, name: str) -> str:
        """The SIP password of an agent or a station, for who plays its softphone."""
        collection = "agents" if name in self.plan.index["agents"] else "stations"
        return self.vault.value(f"{collection}.{name}.password").reveal()

    def provisioning_password(self, phone: str) -> str:
        """The password with which a phone fetches its configuration, for who keys it in."""
        return self.vault.value(f"phones.{phone}.provisioning").reveal()

    @property
    def ca_file(self) -> str | None:
        """The CA certificate (PEM) that the SBCs' certificates are signed by."""
        from ccstack.render.state import Certificate

        made = (str(f) for r, f in self.built.items() if isinstance(r, Certificate) and r.part == "ca")
        return next(made, None)


def ready(file: Path) -> Ready:
    """All that a deployment of `file` needs. Ends with 2 if a secret or an audio file cannot be had."""
    center = loaded(file)
    return made_ready(center, unopened(center, file), file)


def ready_in(lab: Lab, file: Path) -> Ready:
    """`ready` for a lab that is up: a key or password of a machine that nobody has set is what the lab made of it."""
    for name, value in lab.variables().items():
        os.environ.setdefault(name, value)
    return ready(file)


def unopened(center: ContactCenter, file: Path) -> Vault:
    """The vault of the center in `file`, from which nothing was taken yet."""
    from ccstack.secrets import Vault

    return Vault(center, file.parent, os.environ)


def made_ready(center: ContactCenter, vault: Vault, file: Path) -> Ready:
    """All that a deployment of the center in `file` needs: see `ready`."""
    from ccstack.artifacts import ArtifactProblems, build
    from ccstack.secrets import SecretProblems, bind

    plan = designed(center)
    state = rendered(plan)
    with refusing(SecretProblems, ArtifactProblems):
        vault.require_all()
        built = build(state, plan, base=file.parent, told=_audio_made)
        return Ready(plan, state, vault, built, bind(state, vault))


def _audio_made(done: int, wanted: int) -> None:
    if done == wanted or done % 25 == 0:
        progress(f"prompts and music: {done} of {wanted}")


def blueprint_hash(center: ContactCenter) -> str:
    """SHA-256 over the resolved center: the same for a Python blueprint and for its JSON."""
    from ccstack.drivers.history import blueprint_of

    return blueprint_of(center.model_dump(mode="json"))


def center_json(center: ContactCenter) -> str:
    """The center as `show --json` prints it."""
    return json.dumps({"schema": CENTER_SCHEMA, **center.model_dump(mode="json")}, indent=2, ensure_ascii=False)


@dataclass(frozen=True)
class Looked:
    """What a look at a center's targets found."""

    actual: Mapping[str, Actual]
    aims: Mapping[str, SwitchTarget]
    """What each switch that was looked at shall have."""
    plan: Plan


@dataclass(frozen=True)
class Reached:
    """The hosts and switches of a center, within reach of their drivers."""

    center: ContactCenter
    vault: Vault
    session: Session
    driver: HostDriver
    """The hosts'; it keeps the lock and the record of the switches, too."""
    switches: SwitchDriver | None
    """None where the center has no switches: what it needs is not even loaded then."""
    blueprint: str

    @property
    def fleet(self) -> Fleet:
        """Hosts and switches, as one driver."""
        from ccstack.drivers.fleet import Fleet

        return Fleet(self.driver, self.switches)

    def targets(self, wanted: Ready) -> tuple[HostTarget, ...]:
        """Everything that each host shall have."""
        from ccstack.drivers.hosts import targets_of

        return targets_of(self.session, wanted.bound, wanted.built)

    def look(self, wanted: Ready, targets: Sequence[HostTarget], switches: Sequence[Switch]) -> Looked:
        """What stands on these hosts and switches, and what a deployment would do; secrets are masked."""
        from ccstack.plan.actual import SwitchActual
        from ccstack.plan.compare import compare

        actual: dict[str, Actual] = dict(self.driver.observe(targets, texts=True, center=True))
        aims = self._aims(wanted, actual, switches)
        if self.switches:
            actual |= self.switches.observe(list(aims.values()))
        words = {name: seen.facts["reverts"] for name in aims if isinstance(seen := actual[name], SwitchActual)}
        redact = self.vault.redacted
        made = compare(self.center, self.blueprint, wanted.state, actual, words=words, redact=redact)
        return Looked(actual, aims, made)

    def _aims(self, wanted: Ready, actual: Mapping[str, Actual], switches: Sequence[Switch]) -> dict[str, SwitchTarget]:
        """What is wanted of each switch. What was wanted before, as the hosts have kept it, is ccstack's still."""
        if not switches:
            return {}
        from ccstack.drivers.switches.result import SwitchTarget
        from ccstack.plan.compare import deployed_before
        from ccstack.plan.switches import with_remains

        before = deployed_before(self.center, self.blueprint, wanted.state, actual)
        states = {state.name: state for state in wanted.state.switches}
        past = {name: [one for state in before for one in state.switches if one.name == name] for name in states}
        return {one.name: SwitchTarget(one, with_remains(states[one.name], past[one.name])) for one in switches}


def _pbx_set(host: str) -> int:
    from ccstack.render.kamailio.destinations import pbx_set  # not above: only who drains waits for Kamailio's room

    return pbx_set(host)


@contextmanager
def reached(
    center: ContactCenter,
    vault: Vault,
    *,
    on_foreign: OnForeign = "refuse",
    forks: int = 10,
    share: bool = True,
    watch: Watch = lambda _progress: None,
) -> Iterator[Reached]:
    """The center's hosts and switches, for as long as it lasts."""
    from ccstack.drivers.hosts import HostDriver, open_session

    blueprint = blueprint_hash(center)
    with (
        open_session(center.hosts, vault, share=share) as session,
        _switch_driver(center, vault, forks, watch) as switches,
    ):
        driver = HostDriver(
            session,
            vault,
            center=center.name,
            blueprint=blueprint,
            center_json=center_json(center),
            on_foreign=on_foreign,
            forks=forks,
            set_of=_pbx_set,
            watch=watch,
        )
        yield Reached(center, vault, session, driver, switches, blueprint)


@contextmanager
def _switch_driver(center: ContactCenter, vault: Vault, forks: int, watch: Watch) -> Iterator[SwitchDriver | None]:
    """The driver of the center's switches, if it has any."""
    if not center.switches:
        yield None
        return
    from ccstack.drivers.history import Log
    from ccstack.drivers.switches import NetmikoMissingError, need_netmiko

    with refusing(NetmikoMissingError):
        need_netmiko()
    from ccstack.drivers.switches.access import Patience, open_access
    from ccstack.drivers.switches.backup import Backups
    from ccstack.drivers.switches.driver import SwitchDriver

    with open_access(vault, Patience()) as access:
        backups = Backups(Log.of(center.name).folder / "switches")
        yield SwitchDriver(access, center.switches, backups, forks=forks, watch=watch)


@contextmanager
def reached_early(
    file: Path,
    verb: Literal["observe", "lock"],
    *,
    only: tuple[str, ...] = (),
    on_foreign: OnForeign = "refuse",
    forks: int = 10,
    watch: Watch = lambda _progress: None,
) -> Iterator[tuple[Reached, Ready]]:
    """What `reached` and `ready` give; while the latter is at work, ssh connects to the hosts in `only`, for `verb`.

    It ends as those do. A blueprint that is wrong is refused before any host was asked anything.
    """
    from ccstack.drivers.hosts import UnknownTargetError, chosen

    center = loaded(file)
    vault = unopened(center, file)
    with refusing(UnknownTargetError):
        hosts = [host.name for host in chosen(center, only)]
    if not vault.knows_hosts():
        made_ready(center, vault, file)  # which tells what is missing, unless the blueprint has worse
    with (
        # A look is one command a host, and nothing comes after it.
        reached(center, vault, on_foreign=on_foreign, forks=forks, share=verb != "observe", watch=watch) as within,
        within.driver.under_way(verb, hosts),
    ):
        yield within, made_ready(center, vault, file)


def opened(center: ContactCenter, file: Path) -> Vault:
    """The secrets of the center in `file`. Ends with 2 if one cannot be had."""
    from ccstack.secrets import SecretProblems, Vault

    with refusing(SecretProblems):
        return Vault.open(center, base=file.parent)


def print_json(value: object) -> None:
    """`value` on stdout, as JSON for people and programs."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def progress(line: str) -> None:
    """One line of progress, on stderr. A terminal that is gone does not stop what is under way."""
    with suppress(OSError):
        print(line, file=sys.stderr, flush=True)
