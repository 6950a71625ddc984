import { formula } from 'downhill/formula';
import { descend } from 'downhill/optimize';
import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { coefficientsFigure } from '../../src/plot/coefficients.ts';
import { type Figure, prettyMath, prettyNumber } from '../../src/plot/figure.ts';
import { toPng } from '../../src/plot/file.ts';
import { fitFigure } from '../../src/plot/fit.ts';
import { pictureFormat } from '../../src/plot/format.ts';
import { lossFigure } from '../../src/plot/loss.ts';
import { dark, light, type Palette } from '../../src/plot/palette.ts';
import { pathFigure } from '../../src/plot/path.ts';
import { rocFigure } from '../../src/plot/roc.ts';
import { sample, visibleRange } from '../../src/plot/sample.ts';
import { lineEquation, tangentFigure } from '../../src/plot/tangent.ts';

/** Parses the SVG as a page would, and gives handy ways to look at it. */
function look(figure: Figure) {
  const { document } = parseHTML(`<html><body>${figure.svg}</body></html>`);
  const svg = document.querySelector('svg') as unknown as Element;
  const texts = [...svg.querySelectorAll('text')].map((text) => text.textContent ?? '');
  const strokes = (colour: string) => [...svg.querySelectorAll(`[stroke="${colour}"] path, path[stroke="${colour}"]`)];
  const path = (colour: string) => strokes(colour)[0]?.getAttribute('d') ?? '';
  return { svg, texts, strokes, path };
}

const parabola = tangentFigure({
  formula: '3x^2 - 4x',
  variable: 'x',
  f: (x) => 3 * x * x - 4 * x,
  at: 1,
  value: -1,
  slope: 2,
  range: { low: 0, high: 3 },
});

/** Scales of a drawn figure, from two ticks of each axis. */
const points = (d: string) =>
  [...d.matchAll(/(-?[\d.]+),(-?[\d.]+)/g)].map((m) => [Number(m[1]), Number(m[2])] as const);

describe('tangentFigure', () => {
  const { svg, texts, path, strokes } = look(parabola);

  it('labels both lines directly', () => {
    expect(texts).toContain('f');
    expect(texts).toContain('tangent, slope 2');
    expect(texts).toContain('(1, −1)');
    expect(texts).toContain('f(x) = 3x² − 4x and its tangent');
  });

  it('tells the point, the slope and the line to those who cannot see it', () => {
    expect(svg.getAttribute('role')).toBe('img');
    const ids = (svg.getAttribute('aria-labelledby') ?? '').split(' ');
    const named = ids.map((id) => svg.querySelector(`#${id}`)?.textContent);
    expect(named).toEqual([
      'f(x) = 3x² − 4x and its tangent',
      'The curve f(x) = 3x² − 4x from x = 0 to 3. At the point (1, −1) its slope is 2; the tangent there is the line y = 2x − 3.',
    ]);
  });

  it('names the picture as a whole and no part of it', () => {
    expect(svg.querySelectorAll('[aria-label]').length).toBe(0);
  });

  it('draws a tangent that touches the curve in the point and nowhere crosses it', () => {
    expect(strokes(light.function).length).toBe(1);
    expect(strokes(light.derivative).length).toBe(1);
    const curve = points(path(light.function));
    const [from, to] = points(path(light.derivative)) as [readonly [number, number], readonly [number, number]];
    const slope = (to[1] - from[1]) / (to[0] - from[0]);
    // Pixels grow downwards: the curve of a convex function lies above its tangent.
    const below = curve.map(([x, y]) => from[1] + slope * (x - from[0]) - y);
    expect(Math.min(...below)).toBeGreaterThan(-0.01);
    const touching = curve[below.indexOf(Math.min(...below))] as readonly [number, number];
    const share = (touching[0] - from[0]) / (to[0] - from[0]);
    expect(share).toBeCloseTo(1 / 3, 2);
  });

  it('breaks the curve where the function has no value', () => {
    const log = tangentFigure({
      formula: 'log(x)',
      variable: 'x',
      f: (x) => {
        if (x <= 0) throw new RangeError('outside the domain');
        return Math.log(x);
      },
      at: 1,
      value: 0,
      slope: 1,
    });
    expect(look(log).path(light.function)).not.toMatch(/NaN|Infinity/);
  });
});

describe('lineEquation', () => {
  it.each([
    [1, -1, 2, 'y = 2x − 3'],
    [0, 0, 1, 'y = x'],
    [0, 3, -1, 'y = −x + 3'],
    [2, 5, 0, 'y = 5'],
    [0, 0, -0.5, 'y = −0.5x'],
  ])('through (%d, %d) with slope %d is %s', (x, y, slope, text) => {
    expect(lineEquation('x', x, y, slope)).toBe(text);
  });
});

describe('pathFigure', () => {
  const bowl = {
    formula: 'x^2 + 10y^2',
    variables: ['x', 'y'],
    f: (...v: number[]) => (v[0] as number) ** 2 + 10 * (v[1] as number) ** 2,
    method: 'Gradient descent',
    verdict: 'converged',
  };

  it('draws contours, the path over them, and names its ends', () => {
    const { texts, path, strokes } = look(
      pathFigure({
        ...bowl,
        points: [
          [5, 1],
          [4, -0.8],
          [3, 0.6],
        ],
      }),
    );
    expect(points(path(light.step)).length).toBe(3);
    expect(strokes(light.function).length).toBeGreaterThan(5);
    expect(texts).toContain('start');
    expect(texts).toContain('end');
  });

  it('draws a recorded history, one point for each place: fifty steps are 51 points (S2.21)', () => {
    const f = formula('(x - 3)^2 + (y + 1)^2', { variables: ['x', 'y'] }).f as (x: number, y: number) => number;
    const run = descend(
      ({ x, y }: { x: number; y: number }) => f(x, y),
      { x: 0, y: 0 },
      { learningRate: 0.1, steps: 50 },
    );
    const history = [run.start, ...run.steps].map(({ point }) => [point.x, point.y]);
    expect(history.slice(0, 4)).toEqual([
      [0, 0],
      [expect.closeTo(0.6, 14), expect.closeTo(-0.2, 14)],
      [expect.closeTo(1.08, 14), expect.closeTo(-0.36, 14)],
      [expect.closeTo(1.464, 14), expect.closeTo(-0.488, 14)],
    ]);
    const figure = pathFigure({
      ...bowl,
      formula: '(x - 3)^2 + (y + 1)^2',
      f: (...v) => f(v[0] as number, v[1] as number),
      points: history,
    });
    const drawn = points(look(figure).path(light.step));
    expect(drawn).toHaveLength(51);
    // In the picture the first steps are as long, one to another, as the numbers say.
    const [a, b, c] = drawn as [readonly [number, number], readonly [number, number], readonly [number, number]];
    expect((c[0] - b[0]) / (b[0] - a[0])).toBeCloseTo(0.8, 1);
  });

  it('shows the zigzag in an elongated bowl: twenty steps change sides twenty times (S2.8)', () => {
    const f = formula('(x^2 + 10y^2)/2', { variables: ['x', 'y'] }).f as (x: number, y: number) => number;
    const run = descend(
      ({ x, y }: { x: number; y: number }) => f(x, y),
      { x: 1, y: 1 },
      { learningRate: 0.18, steps: 20 },
    );
    const places = [run.start, ...run.steps].map(({ point }) => [point.x, point.y] as const);
    const changes = (ys: readonly number[]): number =>
      ys.filter((y, i) => i > 0 && y * (ys[i - 1] as number) < 0).length;
    expect(changes(places.map(([, y]) => y))).toBe(20);
    expect(changes(places.map(([x]) => x))).toBe(0);
    expect(places.at(-1)?.[0]).toBeCloseTo(0.018891961318131208, 12);
    expect(places.at(-1)?.[1]).toBeCloseTo(0.01152921504606845, 12);
    const figure = pathFigure({ ...bowl, f: (...v) => f(v[0] as number, v[1] as number), points: places });
    const drawn = points(look(figure).path(light.step));
    expect(drawn).toHaveLength(21);
    // Drawn, each step goes the other way up or down than the one before.
    const moves = drawn.slice(1, 12).map(([, y], i) => y - (drawn[i] as readonly [number, number])[1]);
    expect(changes(moves)).toBe(10);
  });

  it('shows the beginning of a path that runs away, and says so', () => {
    const runaway = Array.from({ length: 60 }, (_, i) => [5 * 0.78 ** i, (-1.5) ** i]);
    const figure = pathFigure({ ...bowl, points: runaway, verdict: 'diverged' });
    expect(look(figure).texts).toContain('runs away');
    expect(figure.description).toContain('59 steps');
  });

  it('draws a path along the curve for one variable', () => {
    const { texts, strokes } = look(
      pathFigure({
        formula: '(w-3)^2',
        variables: ['w'],
        f: (w) => ((w as number) - 3) ** 2,
        points: [[0], [1.2], [1.92]],
        method: 'Gradient descent',
        verdict: 'slow',
      }),
    );
    expect(strokes(light.function).length).toBe(1);
    expect(texts).toContain('Gradient descent on f(w) = (w−3)²');
  });

  it('survives a path of one point and a flat function', () => {
    const figure = pathFigure({ ...bowl, f: () => 7, points: [[1, 1]] });
    expect(figure.svg).not.toMatch(/NaN/);
  });
});

describe('lossFigure', () => {
  it('uses a logarithmic axis when the loss falls far, and says so', () => {
    const steps = [0, 1, 2, 3];
    const falling = lossFigure({
      title: 'Loss',
      yLabel: 'loss',
      steps,
      series: [{ name: 'train', values: [100, 10, 1, 0.1] }],
    });
    expect(falling.description).toContain('logarithmic');
    expect(falling.description).toContain('train goes from 100 at step 0 to 0.1 at step 3.');
    const drawn = points(look(falling).path(light.loss)).map(([, y]) => y);
    const gaps = drawn.slice(1).map((y, i) => y - (drawn[i] as number));
    expect(Math.max(...gaps) - Math.min(...gaps)).toBeLessThan(0.01);
  });

  it('uses a linear axis for a loss that reaches zero or less', () => {
    const values = [100, 1, 0, -5];
    const figure = lossFigure({
      title: 'Loss',
      yLabel: 'loss',
      steps: [0, 1, 2, 3],
      series: [{ name: '', values }],
    });
    expect(figure.description).toContain('linear');
    expect(figure.svg).not.toMatch(/NaN/);
  });

  it('leaves out values that are not finite', () => {
    const figure = lossFigure({
      title: 'Loss',
      yLabel: 'loss',
      steps: [0, 1, 2],
      series: [{ name: 'train', values: [1, 1e300, Infinity] }],
    });
    expect(figure.svg).not.toMatch(/NaN|Infinity/);
  });
});

describe('rocFigure', () => {
  const figure = rocFigure({
    title: 'ROC',
    fpr: [0, 0, 0, 0.2, 1],
    tpr: [0, 0.8, 1, 1, 1],
    auc: 1,
  });

  it('has steps, the chance diagonal and the area as text', () => {
    const { texts, path, svg } = look(figure);
    expect(texts).toContain('AUC 1.000');
    expect(texts).toContain('chance');
    const corners = points(path(light.function));
    for (const [i, [x, y]] of corners.slice(1).entries()) {
      const [x0, y0] = corners[i] as readonly [number, number];
      expect(x === x0 || y === y0).toBe(true);
    }
    expect(svg.querySelector('[stroke-dasharray="4 4"]')).not.toBeNull();
  });

  it('lists its points in the text alternative', () => {
    expect(figure.description).toContain('(0.00, 0.00), (0.00, 0.80), (0.00, 1.00)');
  });
});

describe('coefficientsFigure and fitFigure', () => {
  it('write each value beside its bar', () => {
    const { texts } = look(
      coefficientsFigure({
        title: 'Largest coefficients',
        coefficients: [
          { feature: 'worst_texture', weight: 1.5 },
          { feature: 'mean_radius', weight: -0.25 },
        ],
        towards: 'malignant',
      }),
    );
    expect(texts).toEqual(expect.arrayContaining(['worst_texture', '1.5', 'mean_radius', '−0.25']));
    expect(texts).toContain('towards malignant →');
  });

  it('put a perfect prediction on the diagonal', () => {
    const actual = [1, 2, 3, 4];
    const figure = fitFigure({ title: 'Fit', target: 'y', actual, predicted: actual, r2: 1 });
    expect(look(figure).texts).toContain('R² 1.000');
    expect(figure.description).toContain('4 test rows');
  });
});

describe('colours', () => {
  const luminance = (hex: string) => {
    const channel = (i: number) => {
      const c = Number.parseInt(hex.slice(i, i + 2), 16) / 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    };
    return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
  };
  const contrast = (a: string, b: string) => {
    const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
    return (high + 0.05) / (low + 0.05);
  };

  it.each([
    ['light', light],
    ['dark', dark],
  ])('of the %s theme can all be read as text', (_, palette: Palette) => {
    for (const [role, colour] of Object.entries(palette)) {
      if (role === 'background' || role === 'grid') continue;
      expect(contrast(colour, palette.background), role).toBeGreaterThanOrEqual(4.5);
    }
  });
});

describe('pictures as files', () => {
  it('are named .svg or .png', () => {
    expect(pictureFormat('a/b.SVG')).toBe('svg');
    expect(pictureFormat('b.png')).toBe('png');
    expect(() => pictureFormat('b.jpg')).toThrow('writes .svg or .png files, and "b.jpg" is neither');
  });

  it('draw text in PNG without a font of the system', async () => {
    const withText = await toPng(parabola.svg, 1);
    const without = await toPng(parabola.svg.replace(/<text[\s\S]*?<\/text>/g, ''), 1);
    expect([...withText.slice(1, 4)]).toEqual([...'PNG'].map((c) => c.charCodeAt(0)));
    expect(withText.length).toBeGreaterThan(without.length + 3000);
  });

  it('refer to nothing outside themselves', () => {
    const links = parabola.svg.replace(/xmlns(:\w+)?="[^"]*"/g, '').match(/https?:|href=|url\((?!#)/g);
    expect(links).toBeNull();
  });
});

describe('helpers', () => {
  it('set formulas as a book would', () => {
    expect(prettyMath('3*x^2 - 4x^10')).toBe('3·x² − 4x¹⁰');
    expect(prettyMath('x^2.5')).toBe('x^2.5');
    expect(prettyNumber(-0.00001234)).toBe('−1.234e−5');
    expect(prettyNumber(1e21)).toBe('1e21');
  });

  it('sample ends included, and show poles without being flattened by them', () => {
    const curve = sample((x) => 1 / x, -1, 1);
    expect([curve[0], curve.at(-1)]).toEqual([
      { x: -1, y: -1 },
      { x: 1, y: 1 },
    ]);
    const [low, high] = visibleRange(curve.map(({ y }) => y));
    expect(high).toBeLessThan(40);
    expect(low).toBeGreaterThan(-40);
    expect(visibleRange([])).toEqual([-1, 1]);
    expect(visibleRange([2, 2])).toEqual([1, 3]);
  });
});
