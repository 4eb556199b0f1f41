"""Write `ccstack/render/asterisk/lengths.py`: how long numbers are in each country, from the phonenumbers library.

Run it when that library has a new version; a test fails when the table is not what its version says.
"""

from __future__ import annotations

from pathlib import Path

import phonenumbers

from ccstack.render.asterisk import lengths
from ccstack.render.asterisk.outside import lengths_by_the_library

_TABLE = Path(lengths.__file__)


def text() -> str:
    """The module as it shall be: its head as it is, the table anew."""
    head = _TABLE.read_text(encoding="utf-8").partition("VERSION = ")[0]
    rows = "".join(f"    {code}: {of_code},\n" for code, of_code in sorted(lengths_by_the_library().items()))
    return f'{head}VERSION = "{phonenumbers.__version__}"\n\nLENGTHS: dict[int, tuple[int, ...]] = {{\n{rows}}}\n'


if __name__ == "__main__":
    _TABLE.write_text(text(), encoding="utf-8")
