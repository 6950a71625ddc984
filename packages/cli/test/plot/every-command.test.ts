import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { command } from '../in-process.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'downhill-pictures-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A command line, its picture option, the title, and other words that the picture must show. */
type Row = [line: string, option: string, title: string, shown: string[]];

const table: Row[] = [
  ['derive|3x^2 - 4x|--at|x=1', '--plot', 'f(x) = 3x² − 4x and its tangent', ['tangent, slope 2', '(1, −1)']],
  ['derive|sin(x)|--at|x=1', '--plot-errors', 'Error of difference quotients', ['forward', 'central']],
  ['explain|(2x+1)^2|--at|x=3', '--plot', 'How f = (2x+1)² is computed', ['value 49', 'adjoint 28', '14']],
  ['taylor|cos(x)|--around|x=0|--order|4', '--plot', 'Taylor polynomials', ['degree 4']],
  ['integrate|sqrt(x)|--over|x=0:1', '--plot', '∫ sqrt(x) = 0.66666667', ['sample points']],
  ["ode|y'=-y|--from|y=1|--over|t=0:3", '--plot', 'y′ = −y', ['y']],
  ["ode|x'=v;v'=-x|--from|x=1,v=0|--over|t=0:3", '--plot-phase', 'Phase portrait of', ['start', 'end']],
  ['descend|x^2+10y^2|--from|x=5,y=1|--lr|0.09', '--plot', 'descent on f(x, y)', ['start', 'end']],
  ['minimize|(1-x)^2+100(y-x^2)^2|--from|x=-1.2,y=1', '--plot', 'on f(x, y)', ['start', 'end']],
  ['stability|x^2+10y^2|--at|x=1,y=1', '--plot', '', ['learning rate']],
  ['convexity|x^4-x^2|--on|x=-2:2', '--plot', 'Chord and graph', ['chord', 'graph']],
  ['critical|x^3-3x+y^2|--on|x=-2:2,y=-1:1', '--plot', 'Critical points of', ['minimum', 'saddle']],
  [
    'diagnose|sin(3x)|--claim|x=cos(3x)|--at|x=0.4',
    '--plot',
    'claimed slope 0.3624, slope 1.087',
    ['tangent, slope 1.087'],
  ],
];

describe('every command draws', () => {
  it.each(table)('%s %s', async (line, option, title, shown) => {
    const file = join(folder, `${table.findIndex((row) => row[0] === line && row[1] === option)}.svg`);
    const { stderr, stdout } = await command([...line.split('|'), option, file]);
    expect(stderr).toBe('');
    expect(stdout).toContain(`wrote ${file}`);
    const svg = await readFile(file, 'utf8');
    expect(svg).toContain(title);
    for (const text of shown) expect(svg).toContain(text);
    expect(svg).toMatch(/<rect [^>]*fill="#ffffff"/);
    expect(svg).toContain('role="img"');
    expect(svg).toMatch(/<desc[^>]*>[^<]{40,}<\/desc>/);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('a right claim has one line, and a step shows what was promised and what was reached', async () => {
    const file = join(folder, 'right.svg');
    await command(['diagnose', '(w-3)^2', '--claim', '-6', '--at', 'w=0', '--step', '5', '--plot', file]);
    const svg = await readFile(file, 'utf8');
    expect(svg).toContain('claimed slope −6, right');
    for (const word of ['promised', 'reached']) expect(svg).toContain(word);
    expect(svg).not.toContain('claim, slope');
  });

  it('a graph too large to read is refused, and so is a file of another kind', async () => {
    const sum = Array.from({ length: 60 }, (_, i) => `x^${i + 2}`).join('+');
    const big = await command(['explain', sum, '--at', 'x=1', '--plot', join(folder, 'big.svg'), '--json']);
    expect([big.code, JSON.parse(big.stdout)]).toMatchObject([2, { error: { code: 'plot-too-large' } }]);
    const gif = await command(['explain', 'x', '--at', 'x=1', '--plot', 'a.gif', '--json']);
    expect([gif.code, JSON.parse(gif.stdout)]).toMatchObject([2, { error: { code: 'bad-picture-name' } }]);
  });
});
