"""Two user agent processes on loopback addresses, driven as the lab drives them: real SIP, real audio."""

import asyncio
import os
import re
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from itertools import pairwise
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import SecretStr

from ccstack.calls.client import (
    AgentError,
    LiveCall,
    UserAgentClient,
    UserAgentProcess,
    WaitTimeoutError,
    command,
    environment,
)
from ccstack.calls.protocol import AccountConfig, AgentConfig, AnswerPolicy, PlaceCall, RegistrarConfig, Tls
from ccstack.calls.tone import assign
from ccstack.calls.tones import present
from ccstack.calls.wav import read_wav

from .support import fresh_host

TONES = assign(["phone", "far", "early", "other"])
PHONE, FAR, EARLY, OTHER = (str(TONES[name]) for name in ("phone", "far", "early", "other"))


class Pair:
    """A phone's process and a carrier's."""

    def __init__(self, phone: UserAgentProcess, far: UserAgentProcess) -> None:
        self.phone, self.far = phone, far
        carrier = AccountConfig(
            account="far",
            user="far",
            domain="far.test",
            catch_all=True,
            servers=(f"sip:{phone.config.bind}",),
            policy=AnswerPolicy(sound=f"tone:{FAR}"),
        )
        far.add_account(carrier)

    def phone_account(self, name: str = "phone", transport: str = "udp", **values: object) -> None:
        server = f"sip:{self.far.config.bind};transport={transport}"
        given = {"account": name, "user": name, "domain": "cc.test", "servers": (server,), **values}
        self.phone.add_account(AccountConfig.model_validate(given))

    def call(self, to: str = "+14155550100", **values: object) -> tuple[LiveCall, LiveCall]:
        """A call from the phone and its other end."""
        given = {"account": "phone", "to": to, "sound": f"tone:{PHONE}", **values}
        call = self.phone.call(PlaceCall.model_validate(given))
        return call, self.far.wait_incoming(number=to)


@pytest.fixture
def pair() -> Iterator[Pair]:
    phone, far = (UserAgentProcess(config=AgentConfig(bind=fresh_host())) for _ in range(2))
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(UserAgentProcess.start, (phone, far)))
    with closing(far), closing(phone):
        yield Pair(phone, far)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_audio_digits_hold_and_hangup_both_ways(pair: Pair, transport: str) -> None:
    pair.phone_account(transport=transport, codecs=("PCMA", "PCMU"), dtmf_payload_type=97)
    call, other = pair.call(headers={"X-Probe": "yes"}, asserted_identity="<sip:+12125550123@cc.test>")
    call.wait("answered")
    call.wait_heard(FAR)
    other.wait_heard(PHONE)
    call.send_dtmf("159#A")
    digits = other.wait_digits("159#A").media.digits
    assert all(140 <= digit.duration_ms <= 180 for digit in digits)
    assert all(earlier.at < later.at for earlier, later in pairwise(digits))
    other.send_dtmf("0")
    call.wait_digits("0")

    call.hold()
    held_at = other.wait("held").media.last_at
    assert other.report().held_by_remote
    call.resume()
    other.play(f"tone:{OTHER}")
    call.wait_heard(OTHER)
    report, there = call.hangup(), other.wait("ended")
    assert held_at is not None

    assert (report.ended_by, there.ended_by, report.status) == ("local", "remote", 200)
    assert (report.media.codec, there.media.codec) == ("PCMA", "PCMA")
    assert report.media.lost == there.media.lost == 0
    # Every packet sent arrives; those under way at the end are not waited for.
    assert 0 <= report.media.sent - there.media.received <= 100
    assert report.media.jitter_ms < 300
    assert there.invite_headers["X-Probe"] == ("yes",)
    assert there.invite_headers["P-Asserted-Identity"] == ("<sip:+12125550123@cc.test>",)
    assert report.post_dial_delay is not None
    assert report.setup_time is not None
    assert report.post_dial_delay <= report.setup_time < 20


def test_hold_stops_the_held_sides_audio(pair: Pair) -> None:
    pair.phone_account()
    call, other = pair.call()
    call.wait_heard(FAR)
    call.hold(inactive=True)
    sent = other.report().media.sent
    deadline = time.monotonic() + 1.0
    while time.monotonic() < deadline:
        assert other.report().media.sent <= sent + 2
    call.resume()
    other.wait_packets(other.report().media.received + 10)


def test_carrier_treats_each_number_as_told(pair: Pair) -> None:
    pair.phone_account(failover_codes=())
    far = pair.far
    far.set_policy("far", AnswerPolicy(action="reject", code=486), number="+1001")
    far.set_policy("far", AnswerPolicy(action="reject", code=503, reason="Trunk full"), number="+1002")
    far.set_policy("far", AnswerPolicy(action="ring"), number="+1003")
    far.set_policy("far", AnswerPolicy(action="ignore"), number="+1004")
    far.set_policy("far", AnswerPolicy(action="ring", early=f"tone:{EARLY}"), number="+1005")
    far.set_policy("far", AnswerPolicy(provisional=0, after_ms=300), number="+1006")
    far.set_policy("far", AnswerPolicy(sound=f"tone:{OTHER}", headers={"X-From": "prefix"}), number="+44*")

    def dial(number: str) -> LiveCall:
        return pair.phone.call(PlaceCall(account="phone", to=number))

    assert dial("+1001").wait("ended").status == 486
    full = dial("+1002").wait("ended")
    assert (full.status, full.reason) == (503, "Trunk full")
    ringing = dial("+1003")
    assert ringing.wait("ringing").state == "ringing"
    given_up = ringing.hangup()
    assert (given_up.status, given_up.ended_by) == (487, "local")
    ignored = dial("+1004").wait("ended")
    assert (ignored.status, ignored.provisionals, ignored.ended_by) == (None, (), "error")
    assert "no response to INVITE" in (ignored.error or "")
    early = dial("+1005")
    assert not early.wait_heard(EARLY).answered
    far.wait_incoming(number="+1005").answer(f"tone:{FAR}")
    assert early.wait_heard(FAR).answered
    quiet = dial("+1006").wait("answered")
    assert quiet.provisionals == ()
    prefixed = dial("+442071234567")
    assert prefixed.wait_heard(OTHER).answer_headers["X-From"] == ("prefix",)


def test_carrier_calls_from_any_number(pair: Pair) -> None:
    pair.phone.add_account(AccountConfig(account="did", user="+14155550199", domain="cc.test",
                                         policy=AnswerPolicy(action="ring")))  # fmt: skip
    order = PlaceCall(account="far", to="+14155550199", from_user="+12125550123", from_display='Ann "X" Lee',
                      headers={"Diversion": "<sip:+1999@far.test>;reason=no-answer"}, ring_timeout_ms=9000)  # fmt: skip
    call = pair.far.call(order)
    arrived = pair.phone.wait_incoming("did")
    seen = arrived.report()
    assert seen.from_uri == "sip:+12125550123@far.test"
    assert 'Ann \\"X\\" Lee' in seen.invite_headers["From"][0]
    assert seen.invite_headers["Diversion"] == ("<sip:+1999@far.test>;reason=no-answer",)
    arrived.answer(f"tone:{PHONE}")
    call.wait_heard(PHONE)
    arrived.hangup()
    assert call.wait("ended").ended_by == "remote"


@pytest.mark.parametrize("algorithms", [("MD5",), ("SHA-256", "MD5")])
@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_phone_registers_calls_with_credentials_and_is_called(
    pair: Pair, algorithms: tuple[str, ...], transport: str
) -> None:
    pair.far.set_registrar(RegistrarConfig.model_validate(
        {"realm": "cc", "users": {"phone": "s3cret"}, "algorithms": algorithms, "challenge_calls": True}
    ))  # fmt: skip
    pair.phone_account(transport=transport, registers=True, password=SecretStr("s3cret"))
    (registration,) = pair.phone.wait_registered("phone")
    assert registration.expires_in is not None
    assert 100 < registration.expires_in <= 120
    call, _ = pair.call()
    call.wait_heard(FAR)
    call.hangup()
    contact = pair.far.wait_binding("phone")
    back = pair.far.call(PlaceCall(account="far", to=contact, server=contact))
    assert pair.phone.wait_incoming("phone").wait("answered").answered
    back.hangup()
    pair.phone.remove_account("phone")
    assert pair.far.bindings() == {}


def test_wrong_password_is_reported_and_not_hammered(pair: Pair) -> None:
    pair.far.set_registrar(RegistrarConfig(realm="cc", users={"phone": SecretStr("right")}))
    pair.phone_account(registers=True, password=SecretStr("wrong"))
    deadline = time.monotonic() + 60
    while not all(one.error for one in pair.phone.registrations("phone")):
        assert time.monotonic() < deadline, "nobody was refused"
        time.sleep(0.05)
    with pytest.raises(WaitTimeoutError, match="refused the credentials of phone"):
        pair.phone.wait_registered("phone", timeout=0.5)


def test_registers_everywhere_and_survives_a_dead_server(pair: Pair) -> None:
    with UserAgentProcess(config=AgentConfig(bind=fresh_host())) as second:
        for registrar in (pair.far, second):
            registrar.set_registrar(RegistrarConfig(realm="cc", users={"phone": SecretStr("pw")}))
        second.add_account(AccountConfig(account="far", user="far", domain="x", catch_all=True,
                                         policy=AnswerPolicy(sound=f"tone:{OTHER}")))  # fmt: skip
        servers = (f"sip:{pair.far.config.bind}", f"sip:{second.config.bind};transport=tcp")
        pair.phone.add_account(AccountConfig(account="phone", user="phone", domain="cc.test", servers=servers,
                                             registers=True, password=SecretStr("pw"), retry_s=0.3))  # fmt: skip
        assert [r.server for r in pair.phone.wait_registered("phone") if r.registered] == list(servers)
        pair.far.kill()
        call = pair.phone.call(PlaceCall(account="phone", to="+1"))
        report = call.wait_heard(OTHER)
        assert report.servers_tried == servers
        assert report.post_dial_delay is not None
        assert report.post_dial_delay < 20  # a transaction waits for 32
        again = pair.phone.call(PlaceCall(account="phone", to="+2")).wait("answered")
        assert again.servers_tried == (servers[1],)

        config = pair.far.config
        with UserAgentProcess(config=config) as revived:
            revived.set_registrar(RegistrarConfig(realm="cc", users={"phone": SecretStr("pw")}))
            pair.phone.wait_registered("phone")


def test_recording_has_what_was_heard_at_its_time(pair: Pair, tmp_path: Path) -> None:
    pair.phone_account()
    pair.far.set_policy("far", AnswerPolicy(sound=f"tone:{FAR}", record=str(tmp_path / "{call}.wav")))
    call, other = pair.call(record=str(tmp_path / "phone.wav"))
    call.wait_heard(FAR)
    other.wait_heard(PHONE)
    call.hangup()
    path = other.wait("ended").media.recording
    assert path == str(tmp_path / f"{other.call}.wav")
    assert present(read_wav(Path(path)), TONES["phone"]) > 0.2
    assert present(read_wav(tmp_path / "phone.wav"), TONES["far"]) > 0.2
    assert present(read_wav(tmp_path / "phone.wav"), TONES["phone"]) == 0


def test_wav_is_played(pair: Pair, tmp_path: Path) -> None:
    pair.phone_account()
    pair.far.set_policy("far", AnswerPolicy(sound=f"tone:{OTHER}", record=str(tmp_path / "heard.wav")))
    first, there = pair.call()
    first.wait("answered")
    there.wait_heard(PHONE)
    there.hangup()
    _, there = pair.call(sound=f"wav:{tmp_path / 'heard.wav'}")
    there.wait_heard(PHONE)


def test_dead_media_is_noticed(pair: Pair) -> None:
    pair.phone_account(media_timeout_s=0.5)
    call, _ = pair.call()
    call.wait_heard(FAR)
    pair.far.kill()
    assert call.wait("media_timeout").media.timed_out


def test_digits_need_an_agreement(pair: Pair) -> None:
    pair.phone_account(dtmf_payload_type=None)
    call, _ = pair.call()
    call.wait("answered")
    with pytest.raises(AgentError, match="did not agree to telephone-event"):
        call.send_dtmf("1")
    with pytest.raises(AgentError, match="is not one or more of"):
        call.send_dtmf("1x")


def test_mistakes_are_named(pair: Pair, tmp_path: Path) -> None:
    pair.phone_account()
    with pytest.raises(AgentError, match="'phone' exists already"):
        pair.phone_account()
    with pytest.raises(AgentError, match="nobody"):
        pair.phone.call(PlaceCall(account="nobody", to="1"))
    with pytest.raises(AgentError, match=r"nothing\.wav: cannot be read"):
        pair.phone.call(PlaceCall(account="phone", to="1", sound=f"wav:{tmp_path}/nothing.wav"))
    with pytest.raises(AgentError, match="unknown command"):
        pair.phone.ask("dance", {})
    with pytest.raises(WaitTimeoutError, match=r"no call for any account came in 0\.1 s"):
        pair.phone.wait_incoming(timeout=0.1)
    with pytest.raises(AgentError, match="cannot listen on"):
        UserAgentProcess(config=pair.phone.config).start()
    call = pair.phone.call(PlaceCall(account="phone", to="1"))
    with pytest.raises(WaitTimeoutError, match=re.escape(f"hearing {EARLY} did not happen")) as caught:
        call.wait_heard(EARLY, timeout=0.3)
    assert '"call_id"' in str(caught.value)
    call.hangup()
    with pytest.raises(AgentError, match="it is ended"):
        call.play("silence")


def test_password_is_never_shown(pair: Pair) -> None:
    pair.phone_account(password=SecretStr("hunter2-canary"), registers=True)
    assert pair.phone.pid is not None
    for name in ("cmdline", "environ"):
        assert b"hunter2-canary" not in Path(f"/proc/{pair.phone.pid}/{name}").read_bytes()
    assert "hunter2-canary" not in str(pair.phone.registrations())
    config = AccountConfig(account="a", user="a", domain="b", password=SecretStr("hunter2-canary"))
    assert "hunter2-canary" not in repr(config) + config.model_dump_json()
    with pytest.raises(AgentError) as caught:
        pair.phone.ask("account", {"account": "x", "password": "hunter2-canary", "expires_s": 1})
    assert "expires_s" in str(caught.value)
    assert "hunter2-canary" not in str(caught.value)


def test_many_threads_may_drive_one_process(pair: Pair) -> None:
    pair.phone_account()

    def one(number: int) -> bool:
        call = pair.phone.call(PlaceCall(account="phone", to=f"+1{number}", sound=f"tone:{PHONE}"))
        call.wait_heard(FAR)
        return call.hangup().media.lost == 0

    with ThreadPoolExecutor(12) as pool:
        assert all(pool.map(one, range(12)))


def test_asyncio_may_drive_it_too(pair: Pair) -> None:
    pair.phone_account()

    async def one(number: int) -> bool:
        call = await asyncio.to_thread(pair.phone.call, PlaceCall(account="phone", to=f"+1{number}"))
        return (await asyncio.to_thread(call.wait, "answered")).answered

    async def both() -> list[bool]:
        return list(await asyncio.gather(one(1), one(2)))

    assert asyncio.run(both()) == [True, True]


def test_leaving_hangs_up_and_unregisters() -> None:
    with UserAgentProcess(config=AgentConfig(bind=fresh_host())) as far:
        with UserAgentProcess(config=AgentConfig(bind=fresh_host())) as phone:
            pair = Pair(phone, far)
            far.set_registrar(RegistrarConfig(realm="cc", users={"phone": SecretStr("pw")}))
            pair.phone_account(registers=True, password=SecretStr("pw"))
            phone.wait_registered()
            _, other = pair.call()
            other.wait("answered")
        assert other.wait("ended").ended_by == "remote"
        assert far.bindings() == {}


def test_events_tell_of_calls(pair: Pair) -> None:
    pair.phone_account()
    seen: list[str] = []
    over = threading.Event()

    def listener(event: dict[str, object]) -> None:
        seen.append(f"{event['event']} {event.get('state')}")
        if event.get("state") == "ended":
            over.set()

    pair.phone.on_event(listener)
    call, _ = pair.call()
    call.wait("answered")
    call.hangup()
    assert over.wait(60)
    assert seen == ["call ringing", "call answered", "call ended"]


def test_served_on_a_socket_it_outlives_its_clients(tmp_path: Path) -> None:
    path = tmp_path / "agent.sock"
    host = fresh_host()
    process = subprocess.Popen(command(None, path), env=environment())
    try:
        with UserAgentClient.attach(path, timeout=60) as starter:
            assert path.stat().st_mode & 0o777 == 0o600
            starter.listen(AgentConfig(bind=host))
            starter.add_account(AccountConfig(account="loop", user="loop", domain="x", servers=(f"sip:{host}",)))
            call = starter.call(PlaceCall(account="loop", to="loop"))
            call.wait("answered")
        with UserAgentClient.attach(path) as later, UserAgentClient.attach(path) as another:
            assert {report.state for report in later.calls()} == {"answered"}
            with pytest.raises(AgentError, match="listening already"):
                later.listen(AgentConfig(bind=host))
            another.hangup_all()
            assert {report.state for report in later.calls()} == {"ended"}
            later.forget()
            assert another.calls() == ()
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        assert not path.exists()
        with pytest.raises(AgentError, match="no user agent serves"):
            UserAgentClient.attach(path)
    finally:
        process.kill()
        process.wait()


def _certificate(folder: Path, host: str) -> x509.Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(host))]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(private)
    return certificate


def test_tls_by_ca_by_pin_and_refused(tmp_path: Path) -> None:
    host = fresh_host()
    certificate = _certificate(tmp_path, host)
    served = Tls(certificate=str(tmp_path / "cert.pem"), key=str(tmp_path / "key.pem"))
    pin = certificate.fingerprint(hashes.SHA256()).hex()
    with UserAgentProcess(config=AgentConfig(bind=host, tls=served)) as far:
        far.add_account(AccountConfig(account="far", user="far", domain="x", catch_all=True,
                                      policy=AnswerPolicy(sound=f"tone:{FAR}")))  # fmt: skip

        def dial(tls: Tls) -> LiveCall:
            phone = UserAgentProcess(config=AgentConfig(bind=fresh_host(), tls=tls))
            phone.start()
            phones.append(phone)
            phone.add_account(AccountConfig(account="p", user="p", domain="x", servers=(f"sip:{host};transport=tls",)))
            return phone.call(PlaceCall(account="p", to="+1"))

        phones: list[UserAgentProcess] = []
        try:
            for tls in (Tls(ca_file=str(tmp_path / "cert.pem")), Tls(pin=pin)):
                call = dial(tls)
                call.wait_heard(FAR)
                call.hold()
                far.wait_incoming().hangup()
                call.wait("ended")
            assert "certificate has SHA-256" in (dial(Tls(pin="0" * 64)).wait("ended").error or "")
            assert "CERTIFICATE_VERIFY_FAILED" in (dial(Tls()).wait("ended").error or "").upper()
        finally:
            for phone in phones:
                phone.close()


def test_idle_accounts_cost_nothing(pair: Pair) -> None:
    users = {f"u{n}": SecretStr("pw") for n in range(24)}
    pair.far.set_registrar(RegistrarConfig(realm="cc", users=users))
    for name in users:
        pair.phone_account(name, registers=True, password=SecretStr("pw"))
    pair.phone.wait_registered()
    assert min(_idle_seconds(pair.phone.pid) for _ in range(3)) <= 0.06


def _idle_seconds(pid: int | None) -> float:
    """CPU seconds of a process within two seconds: the measured span itself, not a wait for something to happen."""
    before = _cpu_seconds(pid)
    time.sleep(2.0)
    return _cpu_seconds(pid) - before


def _cpu_seconds(pid: int | None) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_stray_packets_do_not_disturb_a_call(pair: Pair) -> None:
    pair.phone_account()
    call, other = pair.call()
    call.wait_heard(FAR)
    host, _, port = (call.report().media.local or "").rpartition(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as noise:
        for data in (b"", b"x", b"\x80" * 11, b"\x90\x00" + b"\xff" * 20, os.urandom(200)):
            noise.sendto(data, (host, int(port)))
            noise.sendto(data, (pair.phone.config.bind, 5060))
    other.play(f"tone:{OTHER}")
    call.wait_heard(OTHER)
