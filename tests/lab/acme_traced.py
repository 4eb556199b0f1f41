"""The stage of live tests once more, under a name of its own, so that traces are compared beside the other tests."""

from tests.lab.acme_in_tones import center as acme

center = acme.model_copy(update={"name": "acme-traced"})
