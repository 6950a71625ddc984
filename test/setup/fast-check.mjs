// What tests import as `fast-check`: the same library with one seed for all, so that a run can be repeated. FAST_CHECK_SEED
// gives another (a number), or one that nobody has seen (`random`); a failure prints the seed it had.
import fc from '../../node_modules/fast-check/lib/fast-check.js';

const given = process.env.FAST_CHECK_SEED ?? '20261122';
if (given !== 'random') {
  const seed = Number(given);
  if (!Number.isInteger(seed)) throw new Error(`FAST_CHECK_SEED is a whole number or "random", not ${given}`);
  fc.configureGlobal({ ...fc.readConfigureGlobal(), seed });
}

export * from '../../node_modules/fast-check/lib/fast-check.js';
export default fc;
