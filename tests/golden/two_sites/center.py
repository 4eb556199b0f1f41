"""Two sites with one of every noun that the dialplan knows, and hostile labels."""

from tests.render.asterisk.centers import rich

_plain = rich()
_hostile = 'Ana "the <1>" ;--; ${EVIL} 안나 😀'

center = _plain.model_copy(
    update={"agents": tuple(a.model_copy(update={"label": _hostile}) if a.name == "ana" else a for a in _plain.agents)}
)
