"""Trunks, routes, rights and secrets."""

from ccstack.model import (
    Access,
    CallingRights,
    External,
    Gateway,
    OutboundRoute,
    Peak,
    RegisterAuth,
    Secrets,
    derived,
    from_env,
    from_file,
)

from .centers import BACK, Case, agent, center, number, pbx, plus, sbc, trunk

SECOND = trunk(name="second", gateways=[Gateway(address="10.9.1.1")])
ABROAD = "+442079460000"


def gateways(**changes: object) -> list[Gateway]:
    return [Gateway(address="10.9.0.1", **changes)]


def rights(**changes: object) -> dict[str, object]:
    """A center's fields in which the agent has a class of service."""
    return {"calling_rights": [CallingRights(name="class", **changes)], "agents": [agent(rights="class")]}


def registering(password: object) -> list[object]:
    return [trunk(auth=RegisterAuth(username="acme", password=password, realm="carrier.example"))]


def route(*prefixes: str, name: str = "all", trunks: tuple[str, ...] = ("carrier",)) -> OutboundRoute:
    return OutboundRoute(name=name, prefixes=prefixes, trunks=trunks)


CASES = [
    Case(
        "CC401",
        "trunks.carrier.gateways.0.transport",
        center(trunks=[trunk(srtp=True)]),
        center(trunks=[trunk(srtp=True, gateways=gateways(transport="tls", port=5061))]),
    ),
    Case(
        "CC402", "trunks.carrier.srtp", center(trunks=[trunk(gateways=gateways(transport="tls", port=5061))]), center()
    ),
    Case(
        "CC403",
        "trunks.carrier.codecs",
        center(trunks=[trunk(codecs=["g722", "gsm"])]),
        center(trunks=[trunk(codecs=["g722", "alaw"])]),
    ),
    Case(
        "CC404",
        "trunks.second.codecs",
        plus(trunks=[SECOND.model_copy(update={"emergency": False, "codecs": ("gsm",)})]),
        plus(trunks=[SECOND.model_copy(update={"emergency": False, "codecs": ("gsm", "ulaw")})]),
    ),
    Case("CC405", "trunks.carrier.codecs", center(trunks=[trunk(codecs=["ulaw", "alaw", "ulaw"])]), center()),
    Case("CC406", "trunks.carrier.max_channels", center(trunks=[trunk(max_channels=29)]), center()),
    Case(
        "CC407",
        "trunks.carrier.max_channels",
        plus(trunks=[SECOND.model_copy(update={"max_channels": 29})]),
        plus(trunks=[SECOND]),
    ),
    Case(
        "CC408",
        "trunks.carrier.max_cps",
        center(peak=Peak(calls_per_second=11)),
        center(peak=Peak(calls_per_second=10)),
    ),
    Case(
        "CC409",
        "trunks.carrier.failover_codes",
        center(trunks=[trunk(failover_codes=[503, 486])]),
        center(trunks=[trunk(failover_codes=[503, 480])]),
    ),
    Case(
        "CC410",
        "trunks.carrier.gateways.0.strip",
        center(trunks=[trunk(gateways=gateways(strip=2))], **rights(countries=["GB"], max_calls_per_day=5)),
        center(trunks=[trunk(gateways=gateways(strip=2))], **rights()),
    ),
    Case(
        "CC411",
        "trunks.carrier.auth.password",
        center(trunks=registering(derived())),
        center(trunks=registering(from_env("CARRIER_PASSWORD"))),
    ),
    Case(
        "CC412",
        "trunks.carrier.answer_timeout_ms",
        center(trunks=[trunk(answer_timeout_ms=5_001, gateways=[*gateways(), *gateways(port=5070)])]),
        center(trunks=[trunk(answer_timeout_ms=5_000, gateways=[*gateways(), *gateways(port=5070)])]),
    ),
    Case(
        "CC413",
        "trunks.second",
        plus(
            {"numbers": [number(trunk="carrier"), number("ana", BACK, trunk="carrier")]},
            trunks=[SECOND.model_copy(update={"emergency": False})],
            outbound_routes=[route("+")],
        ),
        plus(trunks=[SECOND.model_copy(update={"emergency": False})], outbound_routes=[route("+")]),
    ),
    Case(
        "CC414",
        "outbound_routes.more.prefixes",
        center(outbound_routes=[route("+"), route("+", name="more")]),
        center(outbound_routes=[route("+"), route("+1", name="more")]),
    ),
    Case(
        "CC415",
        "calling_rights.class",
        center(outbound_routes=[route("+1")], **rights(countries=["GB"], max_calls_per_day=5)),
        center(outbound_routes=[route("+1", "+44")], **rights(countries=["GB"], max_calls_per_day=5)),
    ),
    Case(
        "CC416",
        "externals.out.number",
        center(outbound_routes=[route("+1")], externals=[External(name="out", number=ABROAD, extension="150")]),
        center(outbound_routes=[route("+")], externals=[External(name="out", number=ABROAD, extension="150")]),
    ),
    Case(
        "CC417",
        "trunks.carrier.gateways.0.port",
        center(trunks=[trunk(srtp=True, gateways=gateways(transport="tls"))]),
        center(trunks=[trunk(srtp=True, gateways=gateways(transport="tls", port=5061))]),
    ),
    Case(
        "CC501",
        "calling_rights.class.countries",
        center(**rights(countries=["UK"], max_calls_per_day=5)),
        center(**rights(countries=["GB"], max_calls_per_day=5)),
    ),
    Case(
        "CC502",
        "calling_rights.class",
        center(**rights(countries=["GB"])),
        center(**rights(countries=["GB"], max_minutes_per_day=60)),
    ),
    Case(
        "CC503",
        "calling_rights.class.allow",
        center(**rights(allow=["+4"], max_calls_per_day=5)),
        center(**rights(allow=["+44"], max_calls_per_day=5)),
    ),
    Case("CC504", "calling_rights.class.premium", center(**rights(premium=True)), center(**rights())),
    Case(
        "CC505",
        "calling_rights.class.allow",
        center(**rights(allow=["+4420"], deny=["+44"], max_calls_per_day=5)),
        center(**rights(allow=["+44"], deny=["+4420"], max_calls_per_day=5)),
    ),
    Case(
        "CC506",
        "agents.ana.rights",
        center(agents=[agent(number=BACK)]),
        center(**rights() | {"agents": [agent(number=BACK, rights="class")]}),
    ),
    Case(
        "CC507",
        "agents.ana.password",
        center(agents=[agent(password=from_env("hunter2"))]),
        center(agents=[agent(password=from_env("HUNTER2"))]),
    ),
    Case(
        "CC508",
        "agents.bob.password",
        plus({"agents": [agent(password=from_env("P"))]}, agents=[agent("bob", "102", password=from_env("P"))]),
        plus({"agents": [agent(password=from_env("P"))]}, agents=[agent("bob", "102", password=from_env("Q"))]),
    ),
    Case(
        "CC509",
        "agents.ana.password",
        center(agents=[agent(password=derived(1))], secrets=Secrets(epoch=2)),
        center(agents=[agent(password=derived(2))], secrets=Secrets(epoch=2)),
    ),
    Case(
        "CC510",
        "hosts.sbc1.access.password",
        center(hosts=[pbx(), sbc(access=Access(password=from_env("ROOT")))]),
        center(hosts=[pbx(), sbc(access=Access(key=from_file("key"), password=from_env("ROOT")))]),
    ),
]
