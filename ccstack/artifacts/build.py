"""Build: make what a desired state asks for, each thing once, several at a time."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ccstack.design import Design
from ccstack.model.prompt import Prompt
from ccstack.render.state import Certificate, DesiredState, MusicAudio, PromptAudio, TrustedCas

from .audio import comfort_tone, convert, write
from .engines import ENGINES, SpeechEngine
from .places import cache_folder, state_folder
from .problems import ArtifactError, ArtifactProblems
from .settled import Settled, file_of, folder_of, names_of
from .tools import missing, version

if TYPE_CHECKING:
    from .certificates import Authority

Request = PromptAudio | MusicAudio | Certificate | TrustedCas
Told = Callable[[int, int], None]
"""Who is told how many of how many are made."""

_FORMAT = 1
"""Raise it when the way in which audio is made changes: everything in the cache is made anew."""


@dataclass(frozen=True, slots=True)
class _Making:
    """How one audio file is made: what it depends on, and the step that writes it."""

    recipe: tuple[str, ...]
    make: Callable[[Path], None]
    programs: tuple[str, ...] = ()


def build(
    state: DesiredState,
    design: Design,
    *,
    base: Path,
    cache: Path | None = None,
    keep: Path | None = None,
    told: Told = lambda _done, _all: None,
) -> Mapping[Request, Path]:
    """Make every artifact that `state` asks for; where each lies.

    Audio files that the blueprint names are taken from `base`. Audio is kept in `cache`, certificates and the CA in
    `keep` (see `places`). Raises `ArtifactProblems` with everything that cannot be made.
    """
    wanted = list(dict.fromkeys(artifact.request for host in state.hosts for artifact in host.artifacts))
    builder = _Builder(design, base, (cache or cache_folder()) / "audio", keep or state_folder())
    return builder.build(wanted, told)


class _Builder:
    def __init__(self, design: Design, base: Path, cache: Path, keep: Path) -> None:
        self._design, self._base, self._cache, self._keep = design, base, cache, keep
        self._engine: SpeechEngine | None = None
        self._problems: list[str] = []

    def build(self, wanted: list[Request], told: Told) -> Mapping[Request, Path]:
        plans = {one: self._plan(one) for one in wanted if isinstance(one, PromptAudio | MusicAudio)}
        makings = {request: making for request, making in plans.items() if making}
        self._problems += missing(program for making in makings.values() for program in making.programs)
        self._refuse()
        paths: dict[Request, Path] = {request: self._place(making) for request, making in makings.items()}
        self._make_all({self._place(making): making for making in makings.values()}, told)
        paths |= self._certificates(request for request in wanted if isinstance(request, Certificate))
        paths |= {request: self._trusted(request) for request in wanted if isinstance(request, TrustedCas)}
        self._refuse()
        return paths

    def _refuse(self) -> None:
        if self._problems:
            raise ArtifactProblems(self._problems)

    def _plan(self, request: PromptAudio | MusicAudio) -> _Making | None:
        try:
            return self._prompt(request) if isinstance(request, PromptAudio) else self._music(request)
        except ArtifactError as why:
            self._problems.append(str(why))
            return None

    # --- Prompts and music ---

    def _prompt(self, request: PromptAudio) -> _Making:
        prompt = self._design.prompts.get(request.key)
        if prompt is None:
            raise ArtifactError(f"there is no prompt {request.key!r} in this center")
        language = self._language(prompt, request.language)
        if language in prompt.file:
            return self._converted(f"prompt {request.key}", prompt.file[language])
        return self._spoken(request.key, prompt.text[language], language)

    def _language(self, prompt: Prompt, wanted: str) -> str:
        """The language in which the prompt is heard: the wanted one, else the first of the center's that it has."""
        order = (wanted, *self._design.center.languages, *prompt.file, *prompt.text)
        return next(language for language in order if language in prompt.file or language in prompt.text)

    def _spoken(self, key: str, text: str, language: str) -> _Making:
        name = self._design.center.speech
        if self._engine is None:
            self._engine = ENGINES[name](self._design)
        engine = self._engine
        absent = missing(engine.programs)
        if absent:
            raise ArtifactError(absent[0])
        recipe = ("speech", name, engine.version(), engine.recipe(key, text, language))
        return _Making(recipe, lambda target: engine.speak(key, text, language, target), engine.programs)

    def _music(self, request: MusicAudio) -> _Making:
        if request.file:
            return self._converted(f"music {request.name}", request.file)
        return _Making(("comfort tone",), lambda target: write(target, comfort_tone()))

    def _converted(self, what: str, name: str) -> _Making:
        source = self._base / Path(name).expanduser()
        if not source.is_file():
            raise ArtifactError(f"{what}: there is no file {source}; relative paths begin at the blueprint's folder")
        absent = missing(("sox",))
        if absent:
            raise ArtifactError(absent[0])
        content = hashlib.sha256(source.read_bytes()).hexdigest()
        return _Making(("file", version("sox"), content), lambda target: convert(source, target), ("sox",))

    # --- The cache ---

    def _place(self, making: _Making) -> Path:
        name = hashlib.sha256(json.dumps([_FORMAT, *making.recipe]).encode()).hexdigest()
        return self._cache / name[:2] / f"{name}.wav"

    def _make_all(self, makings: Mapping[Path, _Making], told: Told) -> None:
        todo = [(path, making) for path, making in makings.items() if not path.is_file()]
        with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
            for done, problem in enumerate(pool.map(lambda pair: _make(*pair), todo), 1):
                self._problems += [problem] if problem else []
                told(done, len(todo))

    # --- Certificates ---

    def _certificates(self, wanted: Iterable[Certificate]) -> dict[Request, Path]:
        center, now = self._design.center, datetime.now(UTC)
        wanted, folder = list(wanted), folder_of(center, self._keep)
        known, names = Settled(folder), {host.name: names_of(host, center) for host in center.hosts}
        good = {request.host for request in wanted if known.is_good(request.host, names[request.host], now)}
        # The CA's own certificate is as good as any that is known to be signed by it.
        return {
            one: file_of(folder, one) if one.host in good or (one.part == "ca" and good) else self._authority.file(one)
            for one in wanted
        }

    @cached_property
    def _authority(self) -> Authority:
        from .certificates import Authority  # not above: where every certificate is known to be good, none is read

        return Authority(self._design.center, self._keep)

    def _trusted(self, request: TrustedCas) -> Path:
        from .certificates import read_cas  # not above, for the same reason

        file = self._base / Path(request.file).expanduser()
        problem = read_cas(file)
        self._problems += [f"{request.path}: {file} {problem}"] if problem else []
        return file


def _make(path: Path, making: _Making) -> str:
    """Make one file, seen under its name only when it is whole; what went wrong, or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{os.getpid()}-{path.name}")
    try:
        making.make(draft)
        draft.replace(path)
    except ArtifactError as why:
        draft.unlink(missing_ok=True)
        return str(why)
    return ""
