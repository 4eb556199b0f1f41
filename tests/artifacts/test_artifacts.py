"""Artifacts: telephone audio and certificates, made once, with every problem told at once."""

from __future__ import annotations

import math
import stat
import wave
from array import array
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ccstack.artifacts import ArtifactProblems, build
from ccstack.artifacts.certificates import CA_LIFE, HOST_LIFE, RENEW_BEFORE, Authority
from ccstack.artifacts.places import cache_folder, state_folder
from ccstack.artifacts.settled import Settled, names_of
from ccstack.calls.listen import recognise_prompts
from ccstack.calls.tones import recognise
from ccstack.calls.wav import read_wav
from ccstack.design import Design, design
from ccstack.model.center import ContactCenter
from ccstack.model.host import Host, Sbc
from ccstack.model.prompt import Music, Prompt
from ccstack.render.state import (
    Artifact,
    Certificate,
    DesiredState,
    Expectation,
    HostState,
    MusicAudio,
    PromptAudio,
    Source,
)

WELCOME = Prompt(name="welcome", text={"en": "Welcome to the shop.", "es": "Bienvenido a la tienda."})


def worked_out(*prompts: Prompt, speech: str = "espeak-ng", **more: object) -> Design:
    parts: dict[str, object] = {"name": "shop", "languages": ("en", "es"), "prompts": prompts, "speech": speech}
    return design(ContactCenter.model_validate(parts | more))


def asking(*requests: PromptAudio | MusicAudio | Certificate) -> DesiredState:
    artifacts = tuple(Artifact(f"/a/{n}", request, Source("center", "test")) for n, request in enumerate(requests))
    return DesiredState("shop", (HostState("pbx", (), (), (), artifacts, Expectation()),))


def made(of: Design, folder: Path, *requests: PromptAudio | MusicAudio | Certificate) -> dict[object, Path]:
    return dict(build(asking(*requests), of, base=folder, cache=folder / "cache", keep=folder / "state"))


def shape(path: Path) -> tuple[int, int, int]:
    with wave.open(str(path)) as file:
        return file.getframerate(), file.getsampwidth(), file.getnchannels()


def stereo(path: Path, seconds: float = 1.0) -> None:
    samples = array("h", (int(9000 * math.sin(n / 20)) for n in range(int(44_100 * seconds)) for _side in (0, 1)))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(44_100)
        file.writeframes(samples.tobytes())


def test_text_is_spoken_in_each_language_and_told_apart(tmp_path: Path) -> None:
    english, spanish = PromptAudio("welcome", "en"), PromptAudio("welcome", "es")
    paths = made(worked_out(WELCOME), tmp_path, english, spanish)
    audio = {language: read_wav(paths[PromptAudio("welcome", language)]) for language in ("en", "es")}
    assert shape(paths[english]) == (8000, 2, 1)
    assert len(audio["en"]) > 8000
    assert [heard.key for heard in recognise_prompts(audio["es"], audio)] == ["es"]


def test_the_second_build_makes_nothing(tmp_path: Path) -> None:
    first = made(worked_out(WELCOME), tmp_path, PromptAudio("welcome", "en"))[PromptAudio("welcome", "en")]
    before = first.stat().st_mtime_ns
    told: list[tuple[int, int]] = []
    build(
        asking(PromptAudio("welcome", "en")),
        worked_out(WELCOME),
        base=tmp_path,
        cache=tmp_path / "cache",
        keep=tmp_path,
        told=lambda done, all_of: told.append((done, all_of)),
    )
    assert first.stat().st_mtime_ns == before
    assert told == []


def test_the_same_words_are_one_file_and_other_words_another(tmp_path: Path) -> None:
    prompts = [Prompt(name=name, text={"en": text}) for name, text in (("a", "Hello"), ("b", "Hello"), ("c", "Bye"))]
    paths = made(worked_out(*prompts), tmp_path, *(PromptAudio(name, "en") for name in "abc"))
    assert paths[PromptAudio("a", "en")] == paths[PromptAudio("b", "en")] != paths[PromptAudio("c", "en")]


def test_the_same_text_makes_the_same_bytes(tmp_path: Path) -> None:
    one, two = (
        made(worked_out(WELCOME), tmp_path / name, PromptAudio("welcome", "en"))[PromptAudio("welcome", "en")]
        for name in ("one", "two")
    )
    assert one.read_bytes() == two.read_bytes()


def test_tones_are_recognised_at_the_other_end(tmp_path: Path) -> None:
    prompts = [Prompt(name=name, text={"en": name, "es": name}) for name in ("welcome", "closed")]
    requests = [PromptAudio(name, language) for name in ("welcome", "closed") for language in ("en", "es")]
    paths = made(worked_out(*prompts, speech="tones"), tmp_path, *requests)
    heard = [recognise(read_wav(paths[request]).astype(float)) for request in requests]
    assert [len(spans) for spans in heard] == [1, 1, 1, 1]
    assert len({spans[0].tone for spans in heard}) == 4
    assert shape(paths[requests[0]]) == (8000, 2, 1)


def test_a_language_without_text_falls_back_to_the_centers_first(tmp_path: Path) -> None:
    prompt = Prompt(name="bye", text={"en": "Goodbye"})
    paths = made(worked_out(prompt), tmp_path, PromptAudio("bye", "es"), PromptAudio("bye", "en"))
    assert paths[PromptAudio("bye", "es")] == paths[PromptAudio("bye", "en")]


def test_files_of_the_blueprint_are_made_fit_for_telephones(tmp_path: Path) -> None:
    stereo(tmp_path / "own.wav")
    prompt = Prompt(name="own", text={"en": "not this"}, file={"en": "own.wav"})
    music = Music(name="calm", files=("own.wav",))
    paths = made(worked_out(prompt, music=(music,)), tmp_path, PromptAudio("own", "en"), MusicAudio("calm", "own.wav"))
    assert shape(paths[PromptAudio("own", "en")]) == (8000, 2, 1)
    assert paths[PromptAudio("own", "en")] == paths[MusicAudio("calm", "own.wav")]


def test_waiting_without_music_is_no_known_tone(tmp_path: Path) -> None:
    path = made(worked_out(), tmp_path, MusicAudio("default", ""))[MusicAudio("default", "")]
    samples = read_wav(path)
    assert len(samples) == 6 * 8000
    assert recognise(samples.astype(float)) == []


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    prompts = (Prompt(name="gone", file={"en": "gone.wav"}), Prompt(name="odd", text={"xx": "?"}))
    with pytest.raises(ArtifactProblems) as refused:
        made(
            worked_out(*prompts), tmp_path, PromptAudio("gone", "en"), PromptAudio("odd", "xx"), PromptAudio("no", "en")
        )
    assert len(refused.value.problems) == 3
    assert f"prompt gone: there is no file {tmp_path / 'gone.wav'}" in str(refused.value)
    assert "no voice for language 'xx'; give audio files" in str(refused.value)
    assert "there is no prompt 'no'" in str(refused.value)


def test_missing_programs_are_one_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    prompts = [Prompt(name=name, text={"en": name}) for name in ("a", "b")]
    with pytest.raises(ArtifactProblems) as refused:
        made(worked_out(*prompts), tmp_path, PromptAudio("a", "en"), PromptAudio("b", "en"))
    assert len(refused.value.problems) == 1
    assert "not on this machine: espeak-ng, sox" in str(refused.value)


def test_a_damaged_sound_leaves_nothing_in_the_cache(tmp_path: Path) -> None:
    (tmp_path / "bad.wav").write_text("no sound")
    with pytest.raises(ArtifactProblems, match="sox failed"):
        made(worked_out(Prompt(name="bad", file={"en": "bad.wav"})), tmp_path, PromptAudio("bad", "en"))
    assert [path for path in (tmp_path / "cache").rglob("*") if path.is_file()] == []


# --- Certificates ---

SBC = Host(name="sbc", site="hq", address=IPv4Address("10.1.0.2"), roles=(Sbc(),))
NOW = datetime(2026, 6, 1, tzinfo=UTC)


def authority(folder: Path, now: datetime = NOW, host: Host = SBC) -> Authority:
    return Authority(ContactCenter(name="shop", hosts=(host,)), folder, now)


def certificate(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def test_a_host_is_known_by_its_name_the_domain_and_its_addresses(tmp_path: Path) -> None:
    public = Host(
        name="sbc", site="hq", address=SBC.address, roles=(Sbc(advertised_address=IPv4Address("203.0.113.9")),)
    )
    made_for = certificate(authority(tmp_path, host=public).file(Certificate("sbc", "cert")))
    names = made_for.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["sbc", "center.internal", "10.1.0.2", "203.0.113.9"]
    assert [str(a) for a in names.get_values_for_type(x509.IPAddress)] == ["10.1.0.2", "203.0.113.9"]


def test_the_ca_signed_it_and_the_key_fits(tmp_path: Path) -> None:
    of = authority(tmp_path)
    leaf, ca = certificate(of.file(Certificate("sbc", "cert"))), certificate(of.file(Certificate("sbc", "ca")))
    leaf.verify_directly_issued_by(ca)
    key = serialization.load_pem_private_key(of.file(Certificate("sbc", "key")).read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    assert key.public_key() == leaf.public_key()


def test_keys_are_for_their_owner_only(tmp_path: Path) -> None:
    folder = authority(tmp_path).file(Certificate("sbc", "key")).parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    keys = [folder / "ca.key", folder / "sbc.key.pem"]
    assert [stat.S_IMODE(key.stat().st_mode) for key in keys] == [0o600, 0o600]


def test_nothing_is_made_anew_while_it_is_good(tmp_path: Path) -> None:
    before = authority(tmp_path).file(Certificate("sbc", "cert")).read_bytes()
    later = NOW + HOST_LIFE - RENEW_BEFORE - timedelta(days=1)
    assert authority(tmp_path, later).file(Certificate("sbc", "cert")).read_bytes() == before


def test_what_was_found_good_is_not_read_again_until_it_is_due_or_another(tmp_path: Path) -> None:
    center = ContactCenter(name="shop", hosts=(SBC,))
    made, names = authority(tmp_path).file(Certificate("sbc", "cert")), names_of(SBC, center)
    known = Settled(made.parent)
    assert known.is_good("sbc", names, NOW + HOST_LIFE - RENEW_BEFORE - timedelta(days=1))
    assert not known.is_good("sbc", names, NOW + HOST_LIFE - RENEW_BEFORE + timedelta(days=1))
    assert not known.is_good("sbc", (*names, "another.name"), NOW)
    assert not known.is_good("other", names, NOW)
    made.write_bytes(made.read_bytes() + b"\n")
    assert not known.is_good("sbc", names, NOW)


def test_it_is_renewed_before_it_ends_and_the_ca_stays(tmp_path: Path) -> None:
    of = authority(tmp_path)
    before, ca = of.file(Certificate("sbc", "cert")).read_bytes(), of.file(Certificate("sbc", "ca")).read_bytes()
    late = authority(tmp_path, NOW + HOST_LIFE - RENEW_BEFORE + timedelta(days=1))
    assert late.file(Certificate("sbc", "cert")).read_bytes() != before
    assert late.file(Certificate("sbc", "ca")).read_bytes() == ca


def test_a_new_ca_makes_new_certificates(tmp_path: Path) -> None:
    authority(tmp_path).file(Certificate("sbc", "cert"))
    late = authority(tmp_path, NOW + CA_LIFE - RENEW_BEFORE + timedelta(days=1))
    leaf = certificate(late.file(Certificate("sbc", "cert")))
    leaf.verify_directly_issued_by(certificate(late.file(Certificate("sbc", "ca"))))


def test_another_address_makes_another_certificate(tmp_path: Path) -> None:
    before = authority(tmp_path).file(Certificate("sbc", "cert")).read_bytes()
    moved = Host(name="sbc", site="hq", address=IPv4Address("10.1.0.3"), roles=(Sbc(),))
    assert authority(tmp_path, host=moved).file(Certificate("sbc", "cert")).read_bytes() != before


def test_places_follow_the_environment(tmp_path: Path) -> None:
    assert cache_folder({"CCSTACK_CACHE": str(tmp_path)}) == tmp_path
    assert state_folder({"XDG_STATE_HOME": str(tmp_path)}) == tmp_path / "ccstack"
    assert cache_folder({}) == Path.home() / ".cache" / "ccstack"
