"""The words that stand for the model's patterns are complete, and none is left over."""

import re
from pathlib import Path
from typing import Any

import ccstack.model
from ccstack.model import ContactCenter
from ccstack.problems import PATTERN_WORDS


def _patterns(schema: Any) -> set[str]:
    if isinstance(schema, dict):
        own = {schema["pattern"]} if isinstance(schema.get("pattern"), str) else set()
        keys = schema.get("patternProperties")
        return own | set(keys if isinstance(keys, dict) else ()) | {p for v in schema.values() for p in _patterns(v)}
    return {p for v in schema for p in _patterns(v)} if isinstance(schema, list) else set()


def test_every_pattern_of_the_model_has_words() -> None:
    assert set(PATTERN_WORDS) == _patterns(ContactCenter.model_json_schema())


def test_every_example_in_the_words_fits_its_pattern() -> None:
    for pattern, words in PATTERN_WORDS.items():
        for example in re.findall(r"such as `'?([^`']+)'?`", words):
            assert re.search(pattern, example), (pattern, example)


def test_the_model_has_no_pattern_outside_the_schema() -> None:
    folder = Path(ccstack.model.__file__).parent
    text = "".join(path.read_text() for path in folder.glob("*.py"))
    written = {match[2] for match in re.finditer(r"(pattern=|NAME_PATTERN = )r\"((?:[^\"\\]|\\.)*)\"", text)}
    assert written <= set(PATTERN_WORDS)
