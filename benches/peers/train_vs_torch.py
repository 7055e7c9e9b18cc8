"""Isoloss's trainer against PyTorch on the same CPU: one training step of the same model, five sizes, in turns.

    python train_vs_torch.py [--program target/release/isoloss] [--threads 2] [--rounds 3] [--only 0,1] [--compile]

Needs torch. The model is decoder-only, pre-norm, LayerNorm with gain only, no biases, learned positions, GELU (tanh), d_ff =
4 d, output head tied to the token embedding. The step is forward, cross-entropy, backward, global-norm clip, AdamW (fused in
PyTorch). `--compile` measures torch.compile besides eager PyTorch, and needs a C++ compiler; the best of the two counts.

Each round measures torch, then ours, with the same number of threads; what is compared is each side's best median of its
rounds, because a busy machine makes both slower and never faster. Prints one JSON line a size and a table at the end.
"""

import argparse
import json
import os
import subprocess
import sys
import time

SIZES = [  # vocab, context, batch, width, layers, heads
    (256, 64, 16, 32, 2, 2),
    (256, 128, 16, 64, 2, 4),
    (256, 128, 16, 128, 4, 4),
    (256, 128, 16, 192, 6, 6),
    (256, 256, 8, 256, 6, 8),
]


def torch_step(size, threads, steps, compiled):
    """Median seconds of one step, in a process of its own: run as `train_vs_torch.py --torch JSON`."""
    job = json.dumps({"size": size, "threads": threads, "steps": steps, "compiled": compiled})
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads)}
    done = subprocess.run(
        [sys.executable, __file__, "--torch", job], env=environment, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout.strip().splitlines()[-1])["seconds"]


def our_step(program, size, threads, steps):
    names = ("vocab", "context", "batch", "width", "layers", "heads")
    flags = [text for name, value in zip(names, size) for text in (f"--{name}", str(value))]
    done = subprocess.run(
        [program, "train", "--benchmark", *flags, "--steps", str(steps), "--threads", str(threads), "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)["seconds_per_step"]


def measure_torch(job):
    import torch
    import torch.nn as nn
    import torch.nn.functional as F

    vocab, context, batch, d, layers, heads = job["size"]
    torch.set_num_threads(job["threads"])
    torch.manual_seed(0)

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.ln_1, self.ln_2 = nn.LayerNorm(d, bias=False), nn.LayerNorm(d, bias=False)
            self.qkv, self.proj = nn.Linear(d, 3 * d, bias=False), nn.Linear(d, d, bias=False)
            self.fc, self.out = nn.Linear(d, 4 * d, bias=False), nn.Linear(4 * d, d, bias=False)

        def forward(self, x):
            b, t, _ = x.shape
            heads_of = (z.view(b, t, heads, d // heads).transpose(1, 2) for z in self.qkv(self.ln_1(x)).split(d, 2))
            y = F.scaled_dot_product_attention(*heads_of, is_causal=True)
            x = x + self.proj(y.transpose(1, 2).reshape(b, t, d))
            return x + self.out(F.gelu(self.fc(self.ln_2(x)), approximate="tanh"))

    class Gpt(nn.Module):
        def __init__(self):
            super().__init__()
            self.wte, self.wpe = nn.Embedding(vocab, d), nn.Embedding(context, d)
            self.blocks = nn.ModuleList(Block() for _ in range(layers))
            self.ln_f = nn.LayerNorm(d, bias=False)
            self.register_buffer("pos", torch.arange(context))

        def forward(self, x, y):
            h = self.wte(x) + self.wpe(self.pos)
            for block in self.blocks:
                h = block(h)
            return F.cross_entropy((self.ln_f(h) @ self.wte.weight.T).flatten(0, 1), y.flatten())

    model = Gpt()
    optimiser = torch.optim.AdamW(model.parameters(), 1e-3, fused=True)
    loss_of = torch.compile(model) if job["compiled"] else model
    x, y = torch.randint(0, vocab, (2, batch, context))
    seconds = []
    for step in range(job["steps"] + 5):
        start = time.perf_counter()
        loss_of(x, y).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        if step >= 5:
            seconds.append(time.perf_counter() - start)
    print(json.dumps({"seconds": sorted(seconds)[len(seconds) // 2]}))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default="target/release/isoloss")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="")
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--torch", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.torch:
        return measure_torch(json.loads(arguments.torch))
    chosen = [SIZES[int(i)] for i in arguments.only.split(",")] if arguments.only else SIZES
    rows = []
    for size in chosen:
        kinds = ["eager"] + ["compiled"] * arguments.compile
        best = dict.fromkeys([*kinds, "ours"], float("inf"))
        for _ in range(arguments.rounds):
            for kind in kinds:
                found = torch_step(size, arguments.threads, arguments.steps, kind == "compiled")
                best[kind] = min(best[kind], found)
            best["ours"] = min(best["ours"], our_step(arguments.program, size, arguments.threads, arguments.steps))
        tokens = size[1] * size[2]
        speeds = {kind: tokens / seconds for kind, seconds in best.items()}
        ratio = speeds["ours"] / max(speeds[kind] for kind in kinds)
        print(json.dumps({"size": size, "tokens_per_second": speeds, "ratio": ratio}), flush=True)
        rows.append((size, speeds, ratio))
    print(f"\nvocab, context, batch, width, layers, heads   {'torch':>9} {'ours':>9}  ratio   ({arguments.threads} threads)")
    for size, speeds, ratio in rows:
        torch_speed = max(speed for kind, speed in speeds.items() if kind != "ours")
        print(f"{str(size):44} {torch_speed:9.0f} {speeds['ours']:9.0f}  {ratio:5.2f}")


if __name__ == "__main__":
    main()
