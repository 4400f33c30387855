"""The command line of a benchmark."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from tests.bench.stage import Stage, stage
from tests.bench.table import Result, print_result
from tests.rig.card import RigUnavailable

Measure = Callable[[Stage, bool], Result]


def run_alone(measure: Measure) -> None:
    """Run one benchmark as a program."""
    run_all([measure])


def run_all(measures: Sequence[Measure]) -> None:
    """Run benchmarks in order, print each result when it is there; `--json FILE` keeps them."""
    parser = argparse.ArgumentParser(description="Benchmarks of voicetui on a virtual sound card.")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all numbers to FILE")
    parser.add_argument("--long", action="store_true", help="measure longer")
    options = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # a start that is measured finds its bytecode
    results = []
    try:
        with stage() as built:
            print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {platform.platform()}")
            for measure in measures:
                result = measure(built, options.long)
                print_result(result)
                sys.stdout.flush()
                results.append(result)
    except RigUnavailable as error:
        sys.exit(str(error))
    finally:
        if options.json is not None:
            text = json.dumps([asdict(result) for result in results], indent=2)
            options.json.write_text(text + "\n")
