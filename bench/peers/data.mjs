// The same numbers for every side: element i of the array with this seed, as data.py makes them.
export const element = (i, seed) => Math.sin(0.37 * i + seed) * Math.cos(0.0113 * i * (seed + 1));

export const array = (size, seed, scale = 1) => Float32Array.from({ length: size }, (_, i) => scale * element(i, seed));

export const labels = (count, classes) => Int32Array.from({ length: count }, (_, i) => (i * 7) % classes);

/** Targets as rows of 0 and 1. */
export const oneHot = (count, classes) => {
  const rows = new Float32Array(count * classes);
  labels(count, classes).forEach((label, i) => {
    rows[i * classes + label] = 1;
  });
  return rows;
};

export const mlp = {
  small: { sizes: [64, 64, 10], batch: 32 },
  large: { sizes: [784, 512, 256, 10], batch: 128 },
};

export const transformer = { width: 128, heads: 4, length: 64, batch: 8 };
export const logistic = { rows: 1000, columns: 50 };
export const regression = { rows: 10000, columns: 100 };
export const matmuls = [64, 128, 256, 512, 1024];
export const chainSize = 10_000_000;

/** Steps of a descent that keeps its way. */
export const descentSteps = 100_000;

/**
 * Seconds of one call, after warming up: the least and the lower quartile of groups of a few milliseconds by the clock, and
 * the mean processor time of all threads. Other work on the machine disturbs the first and the last of them least.
 */
export async function time(run, { per = 1, budget = Number(process.env.BUDGET ?? 1), settle = 0.4 } = {}) {
  const now = () => performance.now() / 1000;
  const start = now();
  let calls = 0;
  do {
    await run();
    calls++;
  } while (now() - start < settle || calls < 3);
  const group = Math.max(1, Math.floor((0.005 * calls) / (now() - start)));
  const samples = [];
  const begin = now();
  const busy = process.cpuUsage();
  while (now() - begin < budget || samples.length < 5) {
    const at = now();
    for (let i = 0; i < group; i++) {
      const pending = run();
      if (pending instanceof Promise) await pending;
    }
    samples.push((now() - at) / group / per);
  }
  const { user, system } = process.cpuUsage(busy);
  samples.sort((a, b) => a - b);
  return {
    seconds: samples[0],
    quartile: samples[Math.floor(samples.length / 4)],
    processor: (user + system) / 1e6 / samples.length / group / per,
  };
}

/** Runs the workloads asked for and prints one line of JSON each. */
export async function report(workloads) {
  const chosen = process.env.WORKLOADS?.split(',');
  for (const [name, measure] of Object.entries(workloads)) {
    if (chosen && !chosen.some((c) => name.startsWith(c))) continue;
    try {
      console.log(JSON.stringify({ name, ...(await measure()) }));
    } catch (error) {
      console.log(JSON.stringify({ name, error: String(error.message ?? error).slice(0, 200) }));
    }
  }
}
