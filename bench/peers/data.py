"""The same numbers, timing and report as data.mjs."""

import json
import os
import time as clock

import numpy as np


def array(shape, seed, scale=1.0, dtype=np.float32):
    i = np.arange(int(np.prod(shape)), dtype=np.float64)
    return (scale * np.sin(0.37 * i + seed) * np.cos(0.0113 * i * (seed + 1))).astype(dtype).reshape(shape)


def one_hot(count, classes):
    return np.eye(classes, dtype=np.float32)[(np.arange(count) * 7) % classes]


def measure(run, per=1, settle=0.4):
    budget = float(os.environ.get("BUDGET", "1"))
    start, calls = clock.perf_counter(), 0
    while clock.perf_counter() - start < settle or calls < 3:
        run()
        calls += 1
    group = max(1, int(0.005 * calls / (clock.perf_counter() - start)))
    samples, begin, busy = [], clock.perf_counter(), clock.process_time()
    while clock.perf_counter() - begin < budget or len(samples) < 5:
        at = clock.perf_counter()
        for _ in range(group):
            run()
        samples.append((clock.perf_counter() - at) / group / per)
    processor = (clock.process_time() - busy) / len(samples) / group / per
    samples.sort()
    return {"seconds": samples[0], "quartile": samples[len(samples) // 4], "processor": processor}


def report(workloads):
    chosen = os.environ.get("WORKLOADS", "")
    for name, run in workloads.items():
        if chosen and not any(name.startswith(c) for c in chosen.split(",")):
            continue
        try:
            print(json.dumps({"name": name, **run()}), flush=True)
        except Exception as error:  # a peer without an operation is a row of its own
            print(json.dumps({"name": name, "error": str(error)[:200]}), flush=True)
