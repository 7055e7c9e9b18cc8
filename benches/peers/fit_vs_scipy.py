"""Isoloss against the usual scipy protocol for a Chinchilla fit, on the same file, in one go.

    python fit_vs_scipy.py DATA.csv [--program target/release/isoloss]

Needs numpy and scipy. The protocol is that of the published replication of Chinchilla's third approach
(Besiroglu et al. 2024, arXiv 2404.10102): sum of Huber penalties (delta 1e-3) on log loss, minimised with L-BFGS-B from
each of 4,500 starts, the best one kept; the five highest losses are left out. All 4,500 take a minute, so a seeded
sample of them is timed and scaled up; `--all-starts` runs every one.

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
    answers = []
    for _ in range(invocations):
        finished = subprocess.run(command, capture_output=True, text=True, check=True)
        answers.append(last_object(finished.stdout))
    seconds = [answer["seconds"] for answer in answers]
    last = answers[-1]
    return {
        "seconds_best": min(seconds),
        "seconds_median": statistics.median(seconds),
        "invocations": invocations,
        "objective": last["objective"]["value"],
        "params": {name: parameter["value"] for name, parameter in last["params"].items()},
        "n_used": last["n_used"],
    }


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("data")
    arguments.add_argument("--program", default="target/release/isoloss")
    arguments.add_argument("--invocations", type=int, default=15)
    arguments.add_argument("--all-starts", action="store_true")
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
    if ours:
        result["ratio_numeric"] = theirs["seconds_numeric"] / ours["seconds_median"]
        result["ratio_analytic"] = theirs["seconds_analytic"] / ours["seconds_median"]

    if chosen.json:
        print(json.dumps(result))
        return
    print(f"{result['points']} points")
    print(f"scipy    {theirs['seconds_numeric']:10.2f} s  {theirs['starts']} starts, finite differences")
    print(f"scipy    {theirs['seconds_analytic']:10.2f} s  {theirs['starts']} starts, gradient by hand")
    print(f"         objective {theirs['objective']:.10g} after a polish")
    if ours:
        print(f"isoloss  {ours['seconds_median']:10.5f} s  median of {ours['invocations']}, best {ours['seconds_best']:.5f} s")
        print(f"         objective {ours['objective']:.10g}")
        print(f"ratio    {result['ratio_numeric']:,.0f} to the published protocol, {result['ratio_analytic']:,.0f} to its fast variant")


if __name__ == "__main__":
    main()
