"""Acme Retail whose prompts are tones: short, and told apart while they are heard."""

from examples.acme_retail.center import center as acme

center = acme.model_copy(update={"name": "acme-tones", "speech": "tones"})
