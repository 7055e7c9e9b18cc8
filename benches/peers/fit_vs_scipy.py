"""Isoloss against scipy and a grid of exponents for a Chinchilla fit and its bootstrap, on the same file, in one go.

    python fit_vs_scipy.py DATA.csv [--program target/release/isoloss]

Needs numpy and scipy. The protocol is that of the published replication of Chinchilla's third approach
(Besiroglu et al. 2024, arXiv 2404.10102): sum of Huber penalties (delta 1e-3) on log loss, minimised with L-BFGS-B from
each of 4,500 starts, the best one kept; the five highest losses are left out. All 4,500 take a minute, so a seeded
sample of them is timed and scaled up; `--all-starts` runs every one.

The grid is variable projection as vpnls does it (Czech et al. 2026, arXiv 2603.22339): alpha and beta from .01 to .99 in
steps of .01, for each pair non-negative least squares of E, A and B on the losses themselves, reweighted ten times towards
Huber's penalty; the best pair is the answer, without a polish. The package is used where it is installed (it is not on PyPI);
otherwise the same grid is searched here in numpy, which is several times slower than the compiled one, so that ratio flatters us.

The bootstrap is 4,000 resamples, each refitted by BFGS with the gradient by hand from the optimum of all points and a
scaled objective, so that it converges; a seeded sample of them is timed and scaled up. Ours is timed on one thread, as scipy
is, and on all.

Ours is timed by the `seconds` that the program reports for the fit alone: the best and the median of several
invocations. DATA.csv has the columns `Model Size`, `Training FLOP` and `loss`, or N, C (or D) and loss.
"""

import argparse
import csv
import json
import os
import random
import statistics
import subprocess
import sys
import time
from itertools import product
from pathlib import Path

# Before numpy is loaded: one thread, as ours has; more would only wait for each other on 240 numbers.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from scipy.optimize import minimize

DELTA = 1e-3
DROPPED = 5
REPLICATES = 4000
# Of the grid, as vpnls has them.
EXPONENTS = (0.01, 0.99, 0.01)
REWEIGHTED = 10
PARAMS = ("Model Size", "N", "params")
FLOPS = ("Training FLOP", "C", "flops")
TOKENS = ("D", "tokens")
LOSS = ("loss", "L")


def read(path):
    """Rows of ln N, ln D, ln L without the highest losses."""
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))

    def column(names):
        name = next((name for name in names if name in rows[0]), None)
        return None if name is None else np.array([float(row[name]) for row in rows])

    params, loss, tokens = column(PARAMS), column(LOSS), column(TOKENS)
    if params is None or loss is None:
        sys.exit(f"{path}: no column for N or loss")
    if tokens is None:
        tokens = column(FLOPS) / (6 * params)
    keep = loss < np.sort(loss)[-DROPPED]
    return np.log(params[keep]), np.log(tokens[keep]), np.log(loss[keep])


class Problem:
    """F(ln A, ln B, ln E, alpha, beta) and its gradient."""

    def __init__(self, ln_params, ln_tokens, ln_loss):
        self.ln_params, self.ln_tokens, self.ln_loss = ln_params, ln_tokens, ln_loss

    def terms(self, theta):
        """Size, data and floor terms and ln of their sum, all relative to the largest in each row."""
        ln_a, ln_b, ln_e, alpha, beta = theta
        size = ln_a - alpha * self.ln_params
        data = ln_b - beta * self.ln_tokens
        top = np.maximum(np.maximum(size, data), ln_e)
        size, data, floor = np.exp(size - top), np.exp(data - top), np.exp(ln_e - top)
        total = size + data + floor
        return size, data, floor, total, top + np.log(total) - self.ln_loss

    def value(self, theta):
        residual = self.terms(theta)[-1]
        pull = residual.clip(-DELTA, DELTA)
        # Huber's penalty is pull * (residual - pull / 2), inside delta and outside.
        return pull @ (residual - 0.5 * pull)

    def both(self, theta):
        size, data, floor, total, residual = self.terms(theta)
        pull = residual.clip(-DELTA, DELTA)
        value = pull @ (residual - 0.5 * pull)
        shared = pull / total
        by_size, by_data = shared * size, shared * data
        gradient = [by_size.sum(), by_data.sum(), shared @ floor, -(by_size @ self.ln_params), -(by_data @ self.ln_tokens)]
        return value, np.array(gradient)


def scipy_times(problem, every):
    starts = list(product(range(0, 30, 5), range(0, 30, 5), np.arange(-1, 1.5, 0.5), np.arange(0, 2.5, 0.5), np.arange(0, 2.5, 0.5)))
    sample = starts if every else random.Random(0).sample(starts, 90)

    def timed(objective, **options):
        began = time.perf_counter()
        with np.errstate(all="ignore"):
            fits = [minimize(objective, np.array(start, dtype=float), method="L-BFGS-B", **options) for start in sample]
        return (time.perf_counter() - began) * len(starts) / len(sample), min(fits, key=lambda fit: fit.fun)

    numeric, _ = timed(problem.value)
    analytic, best = timed(problem.both, jac=True)
    # The plain protocol stops early: its tolerances are absolute. Polished, so that both sides answer the same question.
    best = minimize(lambda t: tuple(1e6 * v for v in problem.both(t)), best.x, jac=True, method="BFGS", options={"gtol": 1e-7})
    return {
        "seconds_numeric": numeric,
        "seconds_analytic": analytic,
        "starts": len(starts),
        "starts_timed": len(sample),
        "objective": best.fun / 1e6,
        "params": dict(zip("ABE", np.exp(best.x[:3]).tolist())) | dict(zip(("alpha", "beta"), best.x[3:].tolist())),
        "logs": best.x.tolist(),
    }


def grid_times(problem, seconds_to_beat):
    """The grid with Huber's penalty: its time, its exponents, and what its answer is worth by the objective of all others."""
    params, tokens, loss = (np.exp(column) for column in (problem.ln_params, problem.ln_tokens, problem.ln_loss))
    try:
        from vpnls.api import fit_vpnls, huber
    except ImportError:
        implementation, fit = "numpy", lambda: search_grid(params, tokens, loss)
    else:
        implementation = "vpnls"

        def fit():
            found = fit_vpnls(params, tokens, loss, method="grid", resolution=EXPONENTS[2], loss=huber(DELTA), max_irls_iter=REWEIGHTED)
            return found.E, found.A, found.B, found.alpha, found.beta

    times = []
    for _ in range(3):
        began = time.perf_counter()
        floor, a, b, alpha, beta = fit()
        times.append(time.perf_counter() - began)
    logs = np.array([np.log(a), np.log(b), np.log(floor), alpha, beta])
    return {
        "implementation": implementation,
        "seconds": statistics.median(times),
        "objective": float(problem.value(logs)),
        "params": {"A": a, "B": b, "E": floor, "alpha": alpha, "beta": beta},
        "ratio": statistics.median(times) / seconds_to_beat if seconds_to_beat else None,
    }


def search_grid(params, tokens, loss):
    """E, A, B, alpha, beta of the best pair of exponents."""
    low, high, step = EXPONENTS
    exponents = low + step * np.arange(int((high - low) / step) + 1)
    # Powers about one, so that normal equations keep their digits; A and B are scaled back at the end.
    centres = np.exp(np.log(params).mean()), np.exp(np.log(tokens).mean())
    by_size = (params / centres[0])[None, :] ** -exponents[:, None]
    by_data = (tokens / centres[1])[None, :] ** -exponents[:, None]
    best = (np.inf,)
    for alpha, size in zip(exponents, by_size):
        # One problem a beta: columns 1, N^-alpha, D^-beta.
        columns = np.stack([np.ones_like(by_data), np.broadcast_to(size, by_data.shape), by_data])
        weight = np.ones_like(by_data)
        for _ in range(REWEIGHTED + 1):
            linear = non_negative(columns, weight, loss)
            residual = np.abs(loss - np.einsum("kb,kbi->bi", linear, columns))
            weight = np.minimum(1.0, DELTA / np.maximum(residual, 1e-300))
        value = np.where(residual <= DELTA, 0.5 * residual**2, DELTA * (residual - 0.5 * DELTA)).sum(axis=1)
        place = int(np.argmin(value))
        if value[place] < best[0]:
            best = (value[place], linear[:, place], alpha, exponents[place])
    _, (floor, a, b), alpha, beta = best
    return float(floor), float(a * centres[0] ** alpha), float(b * centres[1] ** beta), float(alpha), float(beta)


def non_negative(columns, weight, loss):
    """Weighted least squares of each problem; columns that come out negative are left out and the rest solved again."""
    gram = np.einsum("kbi,bi,lbi->bkl", columns, weight, columns)
    towards = np.einsum("kbi,bi,i->bk", columns, weight, loss)
    kept = np.ones(towards.shape, dtype=bool)
    for _ in range(len(columns)):
        both = kept[:, :, None] & kept[:, None, :]
        solved = np.linalg.solve(np.where(both, gram, np.eye(len(columns))), np.where(kept, towards, 0.0)[..., None])[..., 0]
        if (solved >= 0.0).all():
            break
        kept &= solved >= 0.0
    return np.where(kept, solved, 0.0).T


def resampling_times(problem, optimum, sample):
    """Seconds for all replicates, from a sample of them."""
    generator = np.random.default_rng(0)
    points, failed = len(problem.ln_loss), 0
    began = time.perf_counter()
    for _ in range(sample):
        drawn = generator.integers(points, size=points)
        resample = Problem(problem.ln_params[drawn], problem.ln_tokens[drawn], problem.ln_loss[drawn])
        refit = minimize(lambda t: tuple(1e3 * v for v in resample.both(t)), optimum, jac=True, method="BFGS", options={"gtol": 1e-4})
        failed += not refit.success
    return {
        "seconds": (time.perf_counter() - began) * REPLICATES / sample,
        "replicates_timed": sample,
        "stopped_early": failed,
    }


def last_object(text):
    """The last of the JSON objects in a text: before the answer there may be events."""
    found, decoder, text = None, json.JSONDecoder(), text.strip()
    while text:
        found, end = decoder.raw_decode(text)
        text = text[end:].lstrip()
    if found is None:
        sys.exit("the program gave no answer: was it built with its command line?")
    return found


def our_times(program, data, invocations):
    command = [program, "fit", data, "--law", "chinchilla", "--drop-highest-loss", str(DROPPED), "--json"]

    def answer(*more):
        finished = subprocess.run([*command, *more], capture_output=True, text=True, check=True)
        return last_object(finished.stdout)

    answers = [answer() for _ in range(invocations)]
    resampled = ["--bootstrap", str(REPLICATES)]
    seconds = [answer["seconds"] for answer in answers]
    last = answers[-1]
    return {
        "seconds_best": min(seconds),
        "seconds_median": statistics.median(seconds),
        "invocations": invocations,
        "objective": last["objective"]["value"],
        "params": {name: parameter["value"] for name, parameter in last["params"].items()},
        "n_used": last["n_used"],
        "bootstrap_seconds": answer(*resampled)["bootstrap"]["seconds"],
        "bootstrap_seconds_one_thread": answer(*resampled, "--threads", "1")["bootstrap"]["seconds"],
    }


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("data")
    arguments.add_argument("--program", default="target/release/isoloss")
    arguments.add_argument("--invocations", type=int, default=15)
    arguments.add_argument("--all-starts", action="store_true")
    arguments.add_argument("--replicates-timed", type=int, default=100)
    arguments.add_argument("--json", action="store_true")
    chosen = arguments.parse_args()

    problem = Problem(*read(chosen.data))
    result = {"points": len(problem.ln_loss)}
    ours = None
    if Path(chosen.program).exists():
        ours = result["isoloss"] = our_times(chosen.program, chosen.data, chosen.invocations)
    else:
        print(f"{chosen.program} is not there: timing scipy alone", file=sys.stderr)
    theirs = result["scipy"] = scipy_times(problem, chosen.all_starts)
    grid = result["grid"] = grid_times(problem, ours and ours["seconds_median"])
    resampled = result["scipy_bootstrap"] = resampling_times(problem, theirs["logs"], chosen.replicates_timed)
    if ours:
        result["ratio_bootstrap"] = resampled["seconds"] / ours["bootstrap_seconds"]
        result["ratio_bootstrap_one_thread"] = resampled["seconds"] / ours["bootstrap_seconds_one_thread"]
        result["ratio_numeric"] = theirs["seconds_numeric"] / ours["seconds_median"]
        result["ratio_analytic"] = theirs["seconds_analytic"] / ours["seconds_median"]

    if chosen.json:
        print(json.dumps(result))
        return
    print(f"{result['points']} points")
    print(f"scipy    {theirs['seconds_numeric']:10.2f} s  {theirs['starts']} starts, finite differences")
    print(f"scipy    {theirs['seconds_analytic']:10.2f} s  {theirs['starts']} starts, gradient by hand")
    print(f"         objective {theirs['objective']:.10g} after a polish")
    print(f"grid     {grid['seconds']:10.4f} s  {grid['implementation']}, exponents in steps of {EXPONENTS[2]}, Huber of L")
    print(f"         objective {grid['objective']:.10g} as it stands")
    if ours:
        print(f"isoloss  {ours['seconds_median']:10.5f} s  median of {ours['invocations']}, best {ours['seconds_best']:.5f} s")
        print(f"         objective {ours['objective']:.10g}")
        print(f"ratio    {result['ratio_numeric']:,.0f} to the published protocol, {result['ratio_analytic']:,.0f} to its fast variant, {grid['ratio']:,.0f} to the grid")
    print(f"\n{REPLICATES} replicates")
    timed, early = resampled["replicates_timed"], resampled["stopped_early"]
    print(f"scipy    {resampled['seconds']:10.2f} s  BFGS, gradient by hand, from {timed} of them, {early} of which stopped early")
    if ours:
        print(f"isoloss  {ours['bootstrap_seconds']:10.3f} s  all threads; {ours['bootstrap_seconds_one_thread']:.3f} s on one")
        print(f"ratio    {result['ratio_bootstrap']:,.0f}; {result['ratio_bootstrap_one_thread']:,.0f} on one thread")


if __name__ == "__main__":
    main()
