"""Isoloss against polars on one big CSV, in one go: seconds to read it, and the memory that takes.

    python import_vs_polars.py BIG.csv [--program target/release/isoloss]
    python import_vs_polars.py --make BIG.csv

Needs numpy and polars; run from the project's folder. `--make` writes 2,000,000 rows of learning curves (about 210 MB):
1,000 runs of 2,000 steps in eight columns.

Both sides read the file four times in one process, and the best counts; polars and ours take turns for some rounds, as
both use every core and a busy machine slows whoever comes second. Polars reads cells into columns. Ours, timed by
`cargo bench --bench import -- BIG.csv`, also finds roles and units, points and runs, and computes C = 6ND; it ends when
the runs can be shown, as in the window, where the bytes are hashed afterwards. The first read of a fresh process and the most memory it ever held are those of the program itself.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

POLARS = """
import sys, time, json
import polars
seconds = []
for _ in range(4):
    start = time.perf_counter()
    polars.read_csv(sys.argv[1])
    seconds.append(time.perf_counter() - start)
print(json.dumps({"seconds": seconds}))
"""


def make(path):
    import numpy as np
    import polars

    runs, steps = 1000, 2000
    rows = runs * steps
    random = np.random.default_rng(0)
    step = np.tile(np.arange(steps) * 50, runs)
    polars.DataFrame(
        {
            "run_id": np.repeat([f"run-{run:04d}" for run in range(runs)], steps),
            "step": step,
            "tokens": step * 524288.0,
            "n_params": np.repeat(10 ** random.uniform(6, 10, runs), steps),
            "train_loss": 3 + random.normal(0, 0.1, rows),
            "val_loss": 3.1 + random.normal(0, 0.1, rows),
            "lr": np.full(rows, 3e-4),
            "wall_time": 1.7e9 + np.arange(rows),
        }
    ).write_csv(path)


def run(command):
    """What a command prints as JSON, and the most memory it held in bytes, where the system tells."""
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    output = process.stdout.read()
    if hasattr(os, "wait4"):
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    else:
        process.wait()
        peak = None
    if process.returncode:
        sys.exit(f"{' '.join(map(str, command))}: {process.stderr.read().decode()}")
    return json.loads(output), peak


def bench():
    """The compiled benchmark, built where it is out of date."""
    build = ["cargo", "bench", "--bench", "import", "--no-run", "--message-format", "json"]
    lines = subprocess.run(build, check=True, capture_output=True, text=True).stdout.splitlines()
    programs = [message.get("executable") for message in map(json.loads, lines) if message.get("target", {}).get("name") == "import"]
    return next(program for program in programs if program)


def megabytes(value):
    return "unknown" if value is None else f"{value / 1e6:.0f} MB"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--make", action="store_true", help="write the file instead of reading it")
    parser.add_argument("--program", type=Path, default=Path("target/release/isoloss"))
    parser.add_argument("--bench", type=Path, help="the compiled benchmark, instead of building it")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    if args.make:
        return make(args.file)

    ours = args.bench or bench()
    size = args.file.stat().st_size
    best = {"polars": [], "isoloss": []}
    for _ in range(args.rounds):
        for name, command in [("polars", [sys.executable, "-c", POLARS, args.file]), ("isoloss", [ours, args.file])]:
            best[name].append(min(run(command)[0]["seconds"]))
    theirs, mine = min(best["polars"]), min(best["isoloss"])
    answer, peak = run([args.program, "import", args.file, "--json"])
    print(f"{args.file}: {size / 1e6:.0f} MB, {answer['points']} points of {answer['runs']} runs")
    print(f"polars      {theirs:.3f} s   rounds: {', '.join(f'{s:.3f}' for s in best['polars'])}")
    print(f"isoloss     {mine:.3f} s   rounds: {', '.join(f'{s:.3f}' for s in best['isoloss'])}")
    print(f"ratio       {mine / theirs:.2f}")
    print(f"first read  {answer['seconds']:.3f} s in a fresh process")
    share = "" if peak is None else f", {peak / size:.2f} × the file"
    print(f"peak memory {megabytes(peak)}{share}")


if __name__ == "__main__":
    main()
