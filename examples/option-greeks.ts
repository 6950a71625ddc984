'use math';
// Option prices by Black and Scholes: the Greeks as derivatives of the price, and the volatility that a price implies.
import { erfc, grad, hessian, item, matrix, type Vector, vector } from 'downhill';
import { findRoot, root } from 'downhill/calculus';

const strike = 100;

/** Share of the standard normal distribution below x; erfc keeps the left tail. */
const below = (x: number): number => erfc(-x / Math.SQRT2) / 2;

/** A call on a share without dividends: its price now, volatility a year, years to run, rate of interest. */
function call(spot: number, volatility: number, years: number, rate: number): number {
  const spread = volatility * Math.sqrt(years);
  const d1 = (Math.log(spot / strike) + (rate + volatility ** 2 / 2) * years) / spread;
  return spot * below(d1) - strike * Math.exp(-rate * years) * below(d1 - spread);
}

/** A put, by parity: a call less a put is the share less the strike to be paid. */
const put = (spot: number, volatility: number, years: number, rate: number): number =>
  call(spot, volatility, years, rate) - spot + strike * Math.exp(-rate * years);

/** All derivatives to third order that have names. Time runs down, so those by the years to run change sign. */
function greeks(formula: typeof call, theta: Vector): Record<string, number> {
  const price = (at: Vector): number => formula(at[0], at[1], at[2], at[3]);
  const [S, v, T, r] = [0, 1, 2, 3];
  const first = grad(price)(theta);
  const curvature = (at: Vector) => matrix(hessian(price)(at));
  const second = curvature(theta);
  const slopeOfGamma = grad((at: Vector) => curvature(at)[S][S])(theta);
  const slopeOfVolga = grad((at: Vector) => curvature(at)[v][v])(theta);
  return {
    price: price(theta),
    delta: first[S],
    vega: first[v],
    theta: -first[T],
    rho: first[r],
    gamma: second[S][S],
    vanna: second[S][v],
    volga: second[v][v],
    charm: -second[S][T],
    veta: -second[v][T],
    vera: second[r][v],
    speed: slopeOfGamma[S],
    zomma: slopeOfGamma[v],
    color: -slopeOfGamma[T],
    ultima: slopeOfVolga[v],
  };
}

const market = vector([105, 0.2, 0.5, 0.03]);
const ofCall = greeks(call, market);
const ofPut = greeks(put, market);
console.log('                 call              put');
for (const name of Object.keys(ofCall)) {
  const cells = [ofCall, ofPut].map((all) => item(all[name]).toFixed(10).padStart(16));
  console.log(`${name.padEnd(6)} ${cells.join(' ')}`);
}

// The volatility at which the formula gives the price that is paid: a root, found between 1 % and 300 %.
const [spot, years, rate] = [105, 0.5, 0.03];
console.log('price paid   implied volatility');
for (const paid of [7, 9.5, 15, 40]) {
  const found = findRoot((volatility) => call(spot, volatility, years, rate) - paid, { bracket: [0.01, 3] });
  console.log(`${paid.toFixed(2).padStart(10)}   ${found.x.toFixed(10)}  (${found.evaluations} evaluations)`);
}

// A root can be differentiated by what it depends on: here by the price paid, which gives one over vega.
const implied = (paid: number): number =>
  vector(root((v) => vector(call(spot, vector(v), years, rate) - paid), vector([0.2])))[0];
console.log(`slope of the volatility by the price, at 9.50: ${grad(implied)(9.5).toFixed(10)}`);
