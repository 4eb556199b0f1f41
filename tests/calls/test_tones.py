"""Signatures: one for each name, told apart after G.711, and never heard in speech, DTMF or a switch's own tones."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccstack.calls import g711, tones
from ccstack.calls.names import CALLER
from ccstack.calls.signatures import people_tones
from ccstack.calls.tone import DTMF, PROGRESS, SIGNATURES, Tone, assign
from ccstack.calls.tones import one_second, present, recognise
from ccstack.calls.wav import read_wav, write_wav
from ccstack.design import design
from tests.lab.acme_in_tones import center as acme

LAWS: tuple[g711.Law, ...] = ("PCMU", "PCMA")


def _through(law: g711.Law, samples: tones.Samples) -> tones.Samples:
    return g711.decode(law, g711.encode(law, samples)) / 32768.0


def test_there_are_enough_and_they_keep_their_distance() -> None:
    assert len(SIGNATURES) >= 120
    assert len(set(SIGNATURES)) == len(SIGNATURES)
    for tone in SIGNATURES:
        assert all(abs(f - taken) >= 25 for f in tone.frequencies for taken in (*DTMF, *PROGRESS))


@pytest.mark.parametrize("law", LAWS)
def test_every_signature_is_recognised_within_half_a_second(law: g711.Law) -> None:
    for tone in SIGNATURES:
        spans = recognise(_through(law, one_second(tone)[:4000]))
        assert [(span.tone, span.start) for span in spans] == [(str(tone), 0.0)]


@pytest.mark.parametrize("level", [0.03, 0.3, 1.0, 2.4])
def test_loudness_and_noise_do_not_matter(level: float) -> None:
    noise = np.random.default_rng(7).normal(0, 0.004 * level, 8000)
    for tone in SIGNATURES[::23]:
        assert [s.tone for s in recognise(_through("PCMU", one_second(tone) * level + noise))] == [str(tone)]


@given(st.sets(st.text(max_size=12), max_size=120))
def test_names_never_share_and_order_does_not_matter(names: set[str]) -> None:
    given_ = assign(names)
    assert sorted(given_) == sorted(names)
    assert len(set(given_.values())) == len(names)
    assert assign(sorted(names, reverse=True)) == given_


def test_another_name_leaves_nearly_all_as_they_were() -> None:
    before = assign(f"agent{n}" for n in range(60))
    after = assign([*before, "newcomer"])
    assert sum(after[name] != tone for name, tone in before.items()) <= 2


def test_too_many_names_are_refused() -> None:
    with pytest.raises(ValueError, match="only"):
        assign(str(n) for n in range(len(SIGNATURES) + 1))


def _pair(low: float, high: float) -> tones.Samples:
    time = np.arange(16000) / 8000
    return 0.2 * np.sin(2 * np.pi * low * time) + 0.2 * np.sin(2 * np.pi * high * time)


def test_dtmf_silence_and_noise_are_no_signature() -> None:
    for low in DTMF[:4]:
        for high in DTMF[4:]:
            assert recognise(_through("PCMU", _pair(low, high))) == []
    assert recognise(np.zeros(16000)) == []
    assert recognise(np.random.default_rng(1).normal(0, 0.1, 16000)) == []


def test_tones_of_a_switch_have_their_own_names() -> None:
    assert [s.tone for s in recognise(_pair(440, 480))] == ["440+480"]
    assert [s.tone for s in recognise(_pair(480, 620))] == ["480+620"]
    assert [s.tone for s in recognise(one_second(Tone(1004)))] in (["1004"], ["1000"])


def test_neighbour_off_the_grid_is_unknown() -> None:
    tone = SIGNATURES[40]
    assert tone.high is not None
    assert recognise(_pair(tone.low + 20, tone.high)) == []


def test_both_sides_of_a_mixed_recording_are_found_and_others_are_not() -> None:
    names = assign(["agent", "caller", "other"])
    silence = np.zeros(8000)
    mixed = one_second(names["agent"]) + one_second(names["caller"])
    recording = _through("PCMU", np.concatenate([silence, mixed, one_second(names["caller"])]))
    assert 0.7 <= present(recording, names["agent"]) <= 1.3
    assert 1.6 <= present(recording, names["caller"]) <= 2.3
    assert present(recording, names["other"]) == 0


def test_whoever_a_caller_talks_to_both_are_found_in_the_recording_at_any_phase() -> None:
    names = people_tones(design(acme))
    caller = one_second(names[CALLER])
    for agent in acme.agents:
        answering = one_second(names[agent.name])
        for mixed in (answering + caller, answering - caller):
            assert present(mixed, names[CALLER]) > 0.8
            assert present(mixed, names[agent.name]) > 0.8


def test_tones_change_over_time() -> None:
    first, second = SIGNATURES[3], SIGNATURES[200]
    spans = recognise(np.concatenate([one_second(first), np.zeros(4000), one_second(second)]))
    assert [span.tone for span in spans] == [str(first), str(second)]
    assert spans[1].start == pytest.approx(1.5, abs=0.15)


def _voice(pitch: float) -> tones.Samples:
    """Three seconds of a sung vowel: harmonics under formants, with vibrato."""
    time = np.arange(24000) / 8000
    phase = 2 * np.pi * pitch * time + 0.8 * np.sin(2 * np.pi * 5 * time)
    total: tones.Samples = np.zeros(24000)
    for k in range(1, 20):
        first, second = (np.exp(-(((k * pitch - formant) / 250) ** 2)) for formant in (600, 1500))
        total = total + 0.1 * (first + 0.6 * second) * np.sin(k * phase)
    return total


@pytest.mark.parametrize("pitch", [90, 110, 135, 170, 220, 260, 300, 330, 400])
def test_a_voice_is_no_signature(pitch: float) -> None:
    assert [span for span in recognise(_through("PCMU", _voice(pitch))) if "+" in span.tone] == []


TEXTS = {
    "en": "Thank you for calling Acme Retail. For sales press one, for service press two. Please stay on the line.",
    "es": "Gracias por llamar a Acme. Para ventas marque uno, para servicio marque dos. No cuelgue por favor.",
}


@pytest.mark.parametrize("voice", sorted(TEXTS))
def test_spoken_prompts_are_no_signature(voice: str, tmp_path: Path) -> None:
    if shutil.which("espeak-ng") is None or shutil.which("sox") is None:
        pytest.skip("espeak-ng and sox are needed to make a spoken prompt")
    spoken, narrow = tmp_path / "spoken.wav", tmp_path / "narrow.wav"
    subprocess.run(["espeak-ng", "-v", voice, "-w", spoken, TEXTS[voice]], check=True)
    subprocess.run(["sox", spoken, "-r", "8000", "-c", "1", "-b", "16", narrow], check=True)
    assert recognise(_through("PCMU", read_wav(narrow))) == []


@pytest.mark.parametrize("law", LAWS)
def test_g711_is_within_its_steps_and_wav_comes_back(law: g711.Law, tmp_path: Path) -> None:
    samples = np.linspace(-0.95, 0.95, 4001)
    decoded = g711.decode(law, g711.encode(law, samples))
    assert np.all(np.abs(decoded / 32768.0 - samples) <= np.maximum(np.abs(samples) * 0.04, 0.0006))
    assert g711.encode(law, decoded / 32767.0) == g711.encode(law, samples)
    write_wav(tmp_path / "a.wav", decoded)
    assert np.array_equal(read_wav(tmp_path / "a.wav") * 32768, decoded)


def test_g711_known_codes() -> None:
    """ITU-T G.711: positive silence is 0xFF in mu-law and 0xD5 in A-law; the extremes decode to 32124 and 32256."""
    assert (g711.SILENCE["PCMU"], g711.SILENCE["PCMA"]) == (b"\xff", b"\xd5")
    assert (int(g711.decode("PCMU", b"\x80")[0]), int(g711.decode("PCMU", b"\x00")[0])) == (32124, -32124)
    assert (int(g711.decode("PCMA", b"\xaa")[0]), int(g711.decode("PCMA", b"\x2a")[0])) == (32256, -32256)
