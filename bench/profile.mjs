// Where the time of a workload goes: the least time of each kernel, in a table.
// Run with: node bench/profile.mjs "MLP 784" [runs [threads [wide]]]
import { profile } from 'downhill/compile';
import { workloads } from './peers/workloads.mjs';

const [wanted, runs = '30', threads = '1', wide] = process.argv.slice(2);
const names = Object.keys(workloads).filter((name) => wanted && name.startsWith(wanted));
if (names.length === 0) {
  console.error(`which workload? ${Object.keys(workloads).join('; ')}`);
  process.exit(2);
}
for (const name of names) {
  const { f, args } = workloads[name]();
  const result = profile(f, args, Number(runs), { threads: Number(threads), wideSimd: wide === 'wide' });
  console.log(`${name}: ${(result.seconds * 1e6).toFixed(1)} µs\n${result}\n`);
}
