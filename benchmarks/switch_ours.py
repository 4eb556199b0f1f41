"""ccstack's driver brings switches to what their center wants: run by `benchmarks/switches.py`.

    python benchmarks/switch_ours.py JOB.json

It looks, and pushes where something is missing. Exit code 1 when some switch is not as it shall be.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from ccstack.design import design
from ccstack.drivers.switches.access import Patience, open_access
from ccstack.drivers.switches.backup import Backups
from ccstack.drivers.switches.driver import SwitchDriver
from ccstack.drivers.switches.result import SwitchTarget
from ccstack.model import ContactCenter
from ccstack.render.switches import switches
from ccstack.secrets import Vault


def main() -> None:
    job = json.loads(Path(sys.argv[1]).read_text())
    names = {name for name, _, _ in job["switches"]}
    center = ContactCenter.model_validate(job["center"])
    states = switches(design(center))
    with (
        tempfile.TemporaryDirectory() as folder,
        open_access(Vault(center, Path(folder), os.environ), Patience(connect=60)) as access,
    ):
        driver = SwitchDriver(access, center.switches, Backups(Path(folder)), forks=job["forks"])
        targets = [SwitchTarget(*pair) for pair in zip(center.switches, states, strict=True) if pair[0].name in names]
        began = time.monotonic()
        results = driver.apply(targets)
    print(time.monotonic() - began)
    for result in results.values():
        if not result.ok:
            print(result, file=sys.stderr)
    sys.exit(0 if all(result.ok for result in results.values()) else 1)


if __name__ == "__main__":
    main()
