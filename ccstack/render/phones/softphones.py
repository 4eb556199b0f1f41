"""Softphones: Linphone's remote provisioning, and baresip's account file.

Sources: Linphone, "Remote provisioning" and `lpconfig.xsd` (`<config><section name><entry name overwrite>`), names of
entries as in liblinphone's own factory files and source (`[sip] media_encryption_mandatory`, `verify_server_certs`,
`dscp`; `[rtp] audio_dscp`; `[proxy_N]`, `[auth_info_N]`, `[audio_codec_N]`); baresip, wiki "Accounts"
(`;outbound`, `;outbound2`, `;sipnat=outbound`, `;mediaenc=srtp-mand`, `;dtmfmode=rtpevent`, `;audio_codecs`).

Linphone reaches one server for an account unless DNS names more, so it registers at the first SBC only. Both programs
trust what the machine trusts: the center's CA is installed there, not by these files. baresip's TOS values and CA file
are in its `config`, which belongs to the machine. What real ones did with these files: docs/phone-files.md.
"""

from __future__ import annotations

from dataclasses import dataclass

from ccstack.design import Design
from ccstack.design.index import path_of
from ccstack.model.agent import Agent
from ccstack.model.host import Host
from ccstack.model.phone import Softphone
from ccstack.render.asterisk.pjsip import codecs
from ccstack.render.state import Line, Slot, Source
from ccstack.render.text import RenderError, one_line

from .facts import CENTER, REGISTER_SECONDS, Sbc
from .xml import DECLARATION, Elements, escaped

_LINPHONE_CODECS = {"ulaw": ("PCMU", 8000), "alaw": ("PCMA", 8000), "g722": ("G722", 8000), "gsm": ("GSM", 8000)}
_BARESIP_CODECS = {"ulaw": "PCMU/8000/1", "alaw": "PCMA/8000/1", "g722": "G722/16000/1", "gsm": "GSM/8000/1"}
_NAMESPACE = "http://www.linphone.org/xsds/lpconfig.xsd"


@dataclass(frozen=True, slots=True)
class _Account:
    """What a softphone registers with."""

    path: str
    user: str
    label: str
    label_path: str
    domain: str
    sbcs: tuple[Sbc, ...]
    codecs: tuple[str, ...]
    media_dscp: int
    signalling_dscp: int
    password: str

    @property
    def source(self) -> Source:
        return Source(self.path, "phones-softphone")


def softphone_file(design: Design, softphone: Softphone) -> tuple[str, tuple[Line, ...]]:
    """The name and the lines of a softphone's file."""
    account = _account(design, softphone)
    if softphone.app == "linphone":
        return f"{softphone.name}.xml", _linphone(account)
    return f"{softphone.name}.txt", _baresip(account)


def _account(design: Design, softphone: Softphone) -> _Account:
    agent: Agent | None = design.index["agents"].get(softphone.line)
    path = f"softphones.{softphone.name}"
    if agent is None:
        raise RenderError(
            f"{path}.line", softphone.line, "there is no agent of this name; `ccstack validate` says more"
        )
    if not design.homes.sbcs:
        raise RenderError(path, softphone.name, "there is no SBC for it; `ccstack validate` says more")
    hosts = [design.index["hosts"][name] for name in design.homes.site_sbcs.get(agent.site, design.homes.sbcs)]
    return _Account(
        path=path,
        user=agent.name,
        label=agent.label or agent.name,
        label_path=f"{path_of(agent)}.label",
        domain=design.center.domain,
        sbcs=tuple(_sbc(host, agent.remote) for host in hosts),
        codecs=tuple(codecs(design).removeprefix("!all,").split(",")),
        media_dscp=design.center.qos.media_dscp,
        signalling_dscp=design.center.qos.signalling_dscp,
        password=f"{path_of(agent)}.password",
    )


def _sbc(host: Host, remote: bool) -> Sbc:
    assert host.sbc is not None
    address = host.sbc.advertised_address if remote and host.sbc.advertised_address else host.address
    return Sbc(str(address), host.sbc.tls_port, Source(f"hosts.{host.name}", "phones-sbc"))


def _linphone(account: _Account) -> tuple[Line, ...]:
    first = account.sbcs[0]
    sections = (
        _section(
            "sip",
            CENTER,
            {
                "default_proxy": "0",
                "media_encryption": "srtp",
                "media_encryption_mandatory": "1",
                "verify_server_certs": "1",
                "verify_server_cn": "1",
                "use_rfc2833": "1",
                "use_info": "0",
                "dscp": str(account.signalling_dscp),
            },
        ),
        _section("rtp", CENTER, {"audio_dscp": str(account.media_dscp)}),
        _section(
            "proxy_0",
            first.source,
            {
                "reg_proxy": f"<sip:{first};transport=tls>",
                "reg_route": f"<sip:{first};transport=tls;lr>",
                "reg_expires": str(REGISTER_SECONDS),
                "reg_sendregister": "1",
                "publish": "0",
            },
            {"reg_identity": _name_and_address(account)},
        ),
        _section(
            "auth_info_0",
            account.source,
            {"username": account.user, "domain": account.domain, "realm": account.domain},
            {"passwd": str(Slot(account.password, "xml"))},
        ),
        *_codec_sections(account),
    )
    head = (Line(DECLARATION, CENTER), Line(f'<config xmlns="{_NAMESPACE}">', CENTER))
    return (*head, *(line for section in sections for line in section), Line("</config>", CENTER))


def _codec_sections(account: _Account) -> list[tuple[Line, ...]]:
    known = [_LINPHONE_CODECS[name] for name in account.codecs if name in _LINPHONE_CODECS]
    return [
        _section(f"audio_codec_{place}", CENTER, {"mime": mime, "rate": str(rate), "channels": "1", "enabled": "1"})
        for place, (mime, rate) in enumerate(known)
    ]


def _section(name: str, source: Source, entries: dict[str, str], xml: dict[str, str] | None = None) -> tuple[Line, ...]:
    """A section; `xml` holds what is XML already."""
    texts = {key: escaped(text, source.path) for key, text in entries.items()} | (xml or {})
    cfg = Elements("    ")
    for key, text in texts.items():
        cfg.secret("entry", text, source, f' name="{key}" overwrite="true"')
    return (Line(f'  <section name="{name}">', source), *cfg.lines, Line("  </section>", source))


def _name_and_address(account: _Account) -> str:
    """As XML. A display name stands between quotes, in which a backslash comes before a quote and before itself
    (RFC 3261 section 25.1)."""
    label = escaped(account.label, account.label_path).replace("\\", "\\\\").replace("&quot;", "\\&quot;")
    return f"&quot;{label}&quot; &lt;sip:{account.user}@{account.domain}&gt;"


def _baresip(account: _Account) -> tuple[Line, ...]:
    label = one_line(account.label, account.label_path)
    if '"' in label or "\\" in label or label != label.strip():
        rule = "a quote, a backslash or white space at an end cannot be written to a baresip account"
        raise RenderError(account.label_path, label, rule)
    parameters = [
        f"auth_user={account.user}",
        f"auth_pass={Slot(account.password)}",
        *(f'outbound{n if n > 1 else ""}="sip:{sbc};transport=tls"' for n, sbc in enumerate(account.sbcs[:2], start=1)),
        f"regint={REGISTER_SECONDS}",
        # Without it baresip registers at the first of them only.
        *(["sipnat=outbound"] if len(account.sbcs) > 1 else []),
        "mediaenc=srtp-mand",
        "dtmfmode=rtpevent",
        f"audio_codecs={','.join(_BARESIP_CODECS[name] for name in account.codecs if name in _BARESIP_CODECS)}",
    ]
    address = f'"{label}" <sip:{account.user}@{account.domain};transport=tls>'
    return (Line(";".join((address, *parameters)), account.source),)
