"""Simulated switches in a process of their own: what `benchmarks/switches.py` lets every tool loose on.

    python benchmarks/switch_rack.py FIRST COUNT LATENCY_MS

Prints where they listen, as JSON. Then, a word a line on stdin: `reset` (as they came), `typed` (the same with lines,
given as a JSON list after the word, and saved), `wrong` (how many of the lines of such a list switches do not run or
would not start with).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from ccstack.lab.switches.engine import Engine
from ccstack.lab.switches.server import Login, Rack, SimulatedSwitch

PORTS = [f"GigabitEthernet1/0/{number}" for number in range(1, 49)] + ["TenGigabitEthernet1/0/1"]
PASSWORD = "bench"


def _say(value: object) -> None:
    print(json.dumps(value), flush=True)


def _wrong(engines: list[Engine], lines: list[str]) -> int:
    wanted = {line.strip() for line in lines}
    missing = 0
    for engine in engines:
        for text in (engine.running(), engine.startup()):
            missing += len(wanted - {line.strip() for line in text.splitlines()})
    return missing


def _reset(engine: Engine, lines: list[str]) -> None:
    with engine.lock:
        engine.run_from(engine.dialect.factory(engine.name, engine.interfaces))
        for line in ("configure terminal", *lines, "end") if lines else ():
            engine.type(line.strip())
        engine.save()


def main() -> None:
    first, count, latency = (int(word) for word in sys.argv[1:])
    engines = [Engine("cisco-ios", f"sw{first + number}", PORTS) for number in range(count)]
    switches = [SimulatedSwitch(engine, logins=(Login(password=PASSWORD),)) for engine in engines]
    for engine in engines:
        engine.faults.latency_s = latency / 1000
    with Rack(switches):
        _say([[one.name, one.port, one.public_host_key] for one in switches])
        for word in sys.stdin:
            order, _, rest = word.strip().partition(" ")
            lines = json.loads(rest or "[]")
            if order == "wrong":
                _say(_wrong(engines, lines))
                continue
            for engine in engines:
                _reset(engine, lines)
            _say(order)


if __name__ == "__main__":
    main()
