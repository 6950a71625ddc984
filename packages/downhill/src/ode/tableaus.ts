/** An explicit Runge–Kutta pair of orders 5 and 4 whose last stage is the first of the next step. */
export interface Tableau {
  readonly c: readonly number[];
  /** Row i: the weights of earlier stages in stage i. The last row is the step itself. */
  readonly a: readonly (readonly number[])[];
  /** Weights of the error estimate: the step minus the embedded one. */
  readonly e: readonly number[];
  /** Weights of the stages at the fraction θ of the step: the dense output, of order 4. */
  readonly dense: (theta: number) => readonly number[];
}

/** Tsitouras 2011, "Runge–Kutta pairs of order 5(4) satisfying only the first column simplifying assumption". */
export const tsit5: Tableau = {
  c: [0, 0.161, 0.327, 0.9, 0.9800255409045097, 1, 1],
  a: [
    [],
    [0.161],
    [-0.008480655492356989, 0.335480655492357],
    [2.8971530571054935, -6.359448489975075, 4.3622954328695815],
    [5.325864828439257, -11.748883564062828, 7.4955393428898365, -0.09249506636175525],
    [5.86145544294642, -12.92096931784711, 8.159367898576159, -0.071584973281401, -0.028269050394068383],
    [0.09646076681806523, 0.01, 0.4798896504144996, 1.379008574103742, -3.290069515436081, 2.324710524099774],
  ],
  e: [
    -0.001780011052225777,
    -0.0008164344596567469,
    0.007880878010261995,
    -0.1447110071732629,
    0.5823571654525552,
    -0.45808210592918697,
    1 / 66,
  ],
  dense: (x) => {
    const s = x * x;
    return [
      -1.0530884977290216 * x * (x - 1.329989018975141) * (s - 1.436402854171635 * x + 0.7139816917074209),
      0.1017 * s * (s - 2.1966568338249757 * x + 1.294985250737463),
      2.490627285651253 * s * (s - 2.3853564547206165 * x + 1.578034682080925),
      -16.548102889244902 * (x - 1.2171292729553325) * (x - 0.616204060378001) * s,
      47.37952196281928 * (x - 1.2030712083723627) * (x - 0.6580472926535474) * s,
      -34.87065786149661 * (x - 1.2) * (x - 2 / 3) * s,
      2.5 * (x - 1) * (x - 0.6) * s,
    ];
  },
};

const shampine = [
  -12715105075 / 11282082432,
  0,
  87487479700 / 32700410799,
  -10690763975 / 1880347072,
  701980252875 / 199316789632,
  -1453857185 / 822651844,
  69997945 / 29380423,
];

const dormandPrince = [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84];

/** Dormand and Prince 1980, with the dense output of Hairer, Nørsett and Wanner (Solving ODEs I, II.6). */
export const dopri5: Tableau = {
  c: [0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1, 1],
  a: [
    [],
    [1 / 5],
    [3 / 40, 9 / 40],
    [44 / 45, -56 / 15, 32 / 9],
    [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
    [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
    dormandPrince,
  ],
  e: [71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40],
  dense: (x) => {
    const y = 1 - x;
    return shampine.map((d, i) => {
      const b = dormandPrince[i] ?? 0;
      const [first, last] = [i === 0 ? 1 : 0, i === 6 ? 1 : 0];
      return x * (b + y * (first - b + x * (2 * b - last - first + y * d)));
    });
  },
};
