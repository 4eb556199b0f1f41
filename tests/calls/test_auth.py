"""Digest, by the RFCs' own examples, and against our registrar."""

import pytest
from pydantic import SecretStr

from ccstack.calls.protocol import RegistrarConfig
from ccstack.calls.registrar import Registrar
from ccstack.calls.sip.auth import AuthError, DigestClient, digest_response, ha1, parse_digest, print_digest
from ccstack.calls.sip.message import Headers, Request, Response

RFC2617 = {"uri": "/dir/index.html", "nonce": "dcd98b7102dd2f0e8b11d0f600bfb0c093", "nc": "00000001",
           "cnonce": "0a4f113b", "qop": "auth"}  # fmt: skip
RFC7616 = {"uri": "/dir/index.html", "nonce": "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", "nc": "00000001",
           "cnonce": "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", "qop": "auth"}  # fmt: skip


@pytest.mark.parametrize(
    ("algorithm", "user", "realm", "password", "params", "expected"),
    [
        ("MD5", "Mufasa", "testrealm@host.com", "Circle Of Life", RFC2617, "6629fae49393a05397450978507c4ef1"),
        ("MD5", "Mufasa", "http-auth@example.org", "Circle of Life", RFC7616, "8ca523f5e9506fed4657c9700eebdbec"),
        (
            "SHA-256", "Mufasa", "http-auth@example.org", "Circle of Life", RFC7616,
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
        ),
    ],
)  # fmt: skip
def test_examples_of_the_rfcs(
    algorithm: str, user: str, realm: str, password: str, params: dict[str, str], expected: str
) -> None:
    assert digest_response(algorithm, ha1(algorithm, user, realm, password), "GET", params) == expected


def test_list_of_qops_and_commas_in_quotes() -> None:
    params = parse_digest('Digest realm="a, \\"b\\"", nonce="n=", qop="auth,auth-int", algorithm=MD5')
    assert params == {"realm": 'a, "b"', "nonce": "n=", "qop": "auth,auth-int", "algorithm": "MD5"}
    assert parse_digest(print_digest(params, frozenset({"algorithm"}))) == params


def _register(*headers: tuple[str, str]) -> Request:
    pairs = [("Via", "SIP/2.0/UDP h;branch=z9hG4bK1"), ("From", "<sip:al@x>;tag=1"), ("To", "<sip:al@x>"),
             ("Call-ID", "c"), ("CSeq", "1 REGISTER"), ("Contact", "<sip:al@h:5060>"), ("Expires", "60")]  # fmt: skip
    return Request(Headers([*pairs, *headers]), b"", "REGISTER", "sip:x")


def _registrar(**values: object) -> Registrar:
    given = {"realm": "cc", "users": {"al": SecretStr("pw")}, **values}
    return Registrar(RegistrarConfig.model_validate(given))


def _challenged(registrar: Registrar, password: str = "pw") -> tuple[DigestClient, Response]:
    client = DigestClient("al", password)
    client.challenged(registrar.register(_register()), "s")
    return client, registrar.register(_register(*client.credentials("s", "REGISTER", "sip:x")))


@pytest.mark.parametrize("algorithms", [("MD5",), ("SHA-256",), ("SHA-512-256",), ("SHA-256", "MD5")])
def test_right_password_registers_and_nonce_serves_again(algorithms: tuple[str, ...]) -> None:
    registrar = _registrar(algorithms=algorithms)
    client, response = _challenged(registrar)
    assert response.status == 200
    assert registrar.bindings() == {"al": "sip:al@h:5060"}
    again = client.credentials("s", "REGISTER", "sip:x")
    assert parse_digest(again[0][1])["nc"] == "00000002"
    assert parse_digest(again[0][1])["algorithm"] == algorithms[0]
    assert registrar.register(_register(*again)).status == 200


def test_wrong_password_and_stranger_are_refused() -> None:
    registrar = _registrar()
    assert _challenged(registrar, "wrong")[1].status == 401
    assert registrar.bindings() == {}
    assert _registrar(users={}).register(_register()).status == 403


def test_old_nonce_is_called_stale() -> None:
    registrar = _registrar(nonce_s=0.000001)
    client, response = _challenged(registrar)
    assert response.status == 401
    assert client.challenged(response, "s")


def test_credentials_of_one_method_do_not_fit_another() -> None:
    registrar = _registrar()
    client = DigestClient("al", "pw")
    client.challenged(registrar.register(_register()), "s")
    assert registrar.register(_register(*client.credentials("s", "INVITE", "sip:x"))).status == 401


def test_unknown_algorithm_is_said_so() -> None:
    response = Response(Headers([("WWW-Authenticate", 'Digest realm="x", nonce="n", algorithm=MD4')]), b"", 401)
    with pytest.raises(AuthError, match="no digest algorithm"):
        DigestClient("al", "pw").challenged(response, "s")


def test_password_is_not_in_what_is_printed() -> None:
    assert "hunter2" not in repr(DigestClient("al", "hunter2"))
