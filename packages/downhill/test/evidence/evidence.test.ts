import { describe, expect, it } from 'vitest';
import {
  type Card,
  EvidenceError,
  type Experiment,
  isExperiment,
  makeCard,
  verifyCard,
} from '../../src/evidence/index.ts';
import { equivalent, FormulaError, formula } from '../../src/formula/index.ts';

const experiments: Readonly<Record<string, Experiment>> = {
  derivatives: { function: 'sin(x)', calculation: { kind: 'derivative-plot', x: 1, h: 0.5 } },
  gradient: { function: 'x^2*y + 3y', calculation: { kind: 'gradient-vector', point: { x: 2, y: -1 } } },
  descent: {
    function: '(x - 1)^2',
    calculation: { kind: 'loss-curve', start: { x: -3 }, method: 'gd', learningRate: 0.1, steps: 20 },
  },
  adam: {
    function: 'x^2/2 + 10y^2',
    calculation: { kind: 'loss-curve', start: { x: 3, y: 1 }, method: 'adam', learningRate: 0.1, steps: 50 },
  },
  'chain-rule': {
    function: '(w*x + b - 1)^2',
    calculation: {
      kind: 'comparison',
      point: { w: 0.5, x: 3, b: 0.25 },
      manual: { w: '2*(w*x + b - 1)*x', b: '2*(w*x + b - 1)' },
    },
  },
};
const card = (lesson: string, words = 'my words'): Card => makeCard(lesson, experiments[lesson] as Experiment, words);
const copy = (value: unknown): Record<string, unknown> => JSON.parse(JSON.stringify(value)) as Record<string, unknown>;

describe('a card holds what the engine computes', () => {
  it('the plot of a derivative', () => {
    const { output, series, failure, expected } = card('derivatives');
    expect(output.slope).toBe(Math.cos(1));
    expect(output.quotient).toBe((Math.sin(1.5) - Math.sin(1)) / 0.5);
    expect(series['f′(x)']?.[30]).toBeCloseTo(Math.cos(1), 12);
    expect(series.x).toHaveLength(61);
    expect(failure.output).toEqual({ h: 1e-16, quotient: 0 });
    expect(expected).toEqual({ 'f′(x)': 'cos(x)' });
  });

  it('a gradient, and what forgetting its sign does', () => {
    const { output, failure, expected } = card('gradient');
    expect(output).toMatchObject({ value: -7, '∂f/∂x': -4, '∂f/∂y': 7, length: Math.hypot(4, 7) });
    expect(failure.output.along).toBeGreaterThan(failure.output.before as number);
    expect(failure.output.against).toBeLessThan(failure.output.before as number);
    expect(expected).toEqual({ '∂f/∂x': '2x*y', '∂f/∂y': 'x^2 + 3' });
  });

  it('a loss curve, and the same with too large a rate', () => {
    const { output, series, failure, expected } = card('descent');
    expect(series.loss).toHaveLength(21);
    expect(series.loss?.[1]).toBeCloseTo(16 * 0.8 ** 2, 12);
    expect(output['last loss']).toBeCloseTo(16 * 0.8 ** 40, 12);
    expect(failure.output['learning rate']).toBe(1.25);
    expect(failure.output['last loss']).toBeGreaterThan(failure.output['first loss'] as number);
    expect(expected).toMatchObject({ 'rate stays stable below': '1', '∂f/∂x': '2x - 2' });
    const { failure: adams, expected: found } = card('adam');
    expect(adams.output['last loss']).toBeGreaterThan(adams.output['first loss'] as number);
    expect(found.verdict).toBe('slow');
  });

  it('a gradient by hand beside the automatic one, and a known mistake', () => {
    const { output, failure } = card('chain-rule');
    expect(output['∂f/∂w by hand']).toBe(4.5);
    expect(output['∂f/∂w difference']).toBe(0);
    expect(failure.output['∂f/∂w with this mistake']).toBe(1.5);
    expect(failure.what).toMatch(/^the inner derivative is missing: d\(w \* x/);
    const wrong = makeCard(
      'chain-rule',
      {
        ...(experiments['chain-rule'] as Experiment),
        calculation: { kind: 'comparison', point: { w: 0.5, x: 3, b: 0.25 }, manual: { w: '2*(w*x + b - 1)' } },
      },
      '',
    );
    expect(wrong.output['∂f/∂w difference']).toBe(-3);
    expect(verifyCard(wrong).verdict).toBe('holds');
  });
});

describe('verifyCard', () => {
  it.each(Object.keys(experiments))('finds every number of a true card again: %s', (lesson) => {
    const found = verifyCard(copy(card(lesson)));
    expect(found).toMatchObject({ verdict: 'holds' });
    if (found.verdict === 'holds') expect(found.kept).toBeGreaterThan(8);
  });

  it('accepts what another engine rounds differently in the last digit', () => {
    const rounded = copy(card('derivatives'));
    (rounded.output as Record<string, number>).slope = Math.cos(1) * (1 + 2e-16);
    expect(verifyCard(rounded).verdict).toBe('holds');
  });

  const change = (lesson: string, path: readonly (string | number)[], to: unknown): unknown => {
    const changed = copy(card(lesson));
    let part = changed as Record<string | number, unknown>;
    for (const key of path.slice(0, -1)) part = part[key] as Record<string | number, unknown>;
    part[path.at(-1) as string] = to;
    return changed;
  };

  it.each([
    ['derivatives', ['output', 'slope'], 0.6, 'output: slope'],
    ['derivatives', ['output', 'quotient'], null, 'output: quotient'],
    ['derivatives', ['series', 'f′(x)', 3], 0.5, 'picture: f′(x): 3'],
    ['derivatives', ['expected', 'f′(x)'], 'sin(x)', 'expected: f′(x)'],
    ['derivatives', ['failure', 'output', 'quotient'], 70, 'failure check: quotient'],
    ['gradient', ['output', '∂f/∂y'], -7, 'output: ∂f/∂y'],
    ['descent', ['series', 'loss', 20], 0.001, 'picture: loss: 20'],
    ['descent', ['expected', 'verdict'], 'converged!', 'expected: verdict'],
    ['chain-rule', ['output', '∂f/∂w difference'], 0.25, 'output: ∂f/∂w difference'],
    ['chain-rule', ['output', 'extra'], 1, 'output: extra'],
  ] as const)('finds a forged number or formula: %s %j', (lesson, path, to, field) => {
    const found = verifyCard(change(lesson, path, to));
    expect(found).toMatchObject({ verdict: 'false', faults: [{ field }] });
  });

  it('finds a function that was exchanged', () => {
    const found = verifyCard(change('derivatives', ['function'], 'cos(x)'));
    expect(found.verdict).toBe('false');
    if (found.verdict === 'false') expect(found.faults.length).toBeGreaterThan(60);
  });

  it.each([
    ['nothing', null],
    ['a number', 3],
    ['an empty record', {}],
    ['a list', []],
    ['a card without output', change('derivatives', ['output'], null)],
    ['an unknown kind', change('derivatives', ['calculation', 'kind'], 'constructor')],
    ['a version to come', change('derivatives', ['version'], 3)],
    ['a long formula', change('derivatives', ['function'], `1${'+1'.repeat(200)}`)],
    ['too many steps', change('descent', ['calculation', 'steps'], 1e9)],
    ['a learning rate of text', change('descent', ['calculation', 'learningRate'], '0.1')],
    ['a point named like a part of objects', change('gradient', ['calculation', 'point'], { constructor: 1 })],
    ['a huge picture', change('derivatives', ['series', 'x'], new Array(1000).fill(0))],
    ['numbers of text', change('derivatives', ['output', 'slope'], '0.54')],
  ])('refuses what is no card: %s', (_, value) => {
    expect(verifyCard(value)).toEqual({ verdict: 'unreadable', message: 'this is no evidence card of Downhill' });
  });

  it('says why a calculation has no result, and runs nothing of a formula', () => {
    expect(verifyCard(change('derivatives', ['function'], 'alert(1)'))).toMatchObject({
      verdict: 'unreadable',
      message: expect.stringContaining('alert') as string,
    });
    expect(verifyCard(change('derivatives', ['function'], 'log(x - 9)'))).toEqual({
      verdict: 'unreadable',
      message: 'the function has no slope at x = 1',
    });
    expect(verifyCard(change('descent', ['calculation', 'method'], 'magic'))).toMatchObject({
      verdict: 'unreadable',
      message: expect.stringContaining('the method magic is none of gd') as string,
    });
  });

  it('reads cards of version 1', () => {
    const first = {
      format: 'downhill-evidence',
      version: 1,
      lesson: 'derivatives',
      function: 'sin(x)',
      point: { x: 1, h: 0.5 },
      output: { quotient: (Math.sin(1.5) - Math.sin(1)) / 0.5, slope: Math.cos(1) },
      failure: { h: 1e-16, quotient: 0 },
      expected: 'cos(x)',
      words: 'older',
    };
    expect(verifyCard(first)).toMatchObject({ verdict: 'holds', card: { version: 2, words: 'older' } });
    expect(verifyCard({ ...first, output: { ...first.output, slope: 0.6 } })).toMatchObject({
      verdict: 'false',
      faults: [{ field: 'output: slope', said: '0.6' }],
    });
    expect(verifyCard({ ...first, point: 3 }).verdict).toBe('unreadable');
  });
});

describe('makeCard', () => {
  it('refuses experiments without a result, each with its reason', () => {
    expect(() =>
      makeCard('d', { function: 'log(x)', calculation: { kind: 'derivative-plot', x: -1, h: 1 } }, ''),
    ).toThrow('the function has no slope at x = -1');
    expect(() => makeCard('d', { function: '2 +', calculation: { kind: 'derivative-plot', x: -1, h: 1 } }, '')).toThrow(
      FormulaError,
    );
    expect(() =>
      makeCard('d', { function: 'x', calculation: { kind: 'derivative-plot', x: Number.NaN, h: 1 } }, ''),
    ).toThrow(EvidenceError);
    expect(isExperiment(experiments.adam)).toBe(true);
  });

  it('cuts long words and keeps what they contain as text', () => {
    const words = '<script>alert(1)</script>'.repeat(200);
    expect(makeCard('derivatives', experiments.derivatives as Experiment, words).words).toBe(words.slice(0, 2000));
  });

  it('a run that overflows has no number where it left', () => {
    const made = makeCard(
      'descent',
      {
        function: 'x^4',
        calculation: { kind: 'loss-curve', start: { x: 3 }, method: 'gd', learningRate: 1, steps: 50 },
      },
      '',
    );
    expect(made.series.loss).toContain(null);
    expect(made.expected.verdict).toBe('diverged');
    expect(verifyCard(copy(made)).verdict).toBe('holds');
  });
});

describe('the function of a card may be of five kinds (S0.12)', () => {
  const point = { x: 2, y: -1 };
  const kinds: readonly (readonly [string, Experiment, string])[] = [
    [
      'something to minimise',
      { function: '(x - 3)^2 + (y + 1)^2', calculation: { kind: 'gradient-vector', point } },
      'x^2 - 6x + 9 + y^2 + 2y + 1',
    ],
    [
      'a misfit',
      {
        function: '((w + b - 2)^2 + (2w + b - 4)^2)/2',
        calculation: { kind: 'gradient-vector', point: { w: 1, b: 0 } },
      },
      '(w + b - 2)^2/2 + (2w + b - 4)^2/2',
    ],
    ['a derivative', { function: '6x - 4', calculation: { kind: 'derivative-plot', x: 1, h: 0.1 } }, '2*(3x - 2)'],
    [
      'a gradient, a formula for each input',
      {
        function: 'x^2*y + 3y',
        calculation: { kind: 'comparison', point, manual: { x: '2*x*y', y: 'x^2 + 3' } },
      },
      'y*(x^2 + 3)',
    ],
    [
      'a chain of factors written out',
      { function: 'cos(e^(x^2)) * e^(x^2) * (2x)', calculation: { kind: 'derivative-plot', x: 0.5, h: 0.1 } },
      '2x*e^(x^2)*cos(e^(x^2))',
    ],
  ];

  it.each(kinds)('%s goes through a card and comes back as an equal expression', (_, experiment, same) => {
    const back = JSON.parse(JSON.stringify(makeCard('lesson', experiment, 'mine'))) as Card;
    expect(verifyCard(back).verdict).toBe('holds');
    expect(back.function).toBe(experiment.function);
    expect(equivalent(back.function, same).verdict).toBe('equal');
    expect(equivalent(back.function, `${same} + 1`).verdict).toBe('different');
    if (back.calculation.kind !== 'comparison') return;
    for (const [name, claim] of Object.entries(back.calculation.manual))
      expect(equivalent(claim, formula(back.function).derivative(name).text).verdict).toBe('equal');
  });
});
