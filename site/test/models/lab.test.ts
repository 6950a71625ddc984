import { describe, expect, test } from 'vitest';
import { describeRoll, heights, RANGE, roll, under } from '../../models/landscape.ts';
import { edgesOf, IDEAS, impliedEdges, layOut } from '../../models/roadmap.ts';

describe('the map', () => {
  test('has no cycle, no edge twice, and no edge that a longer way implies', () => {
    const edges = edgesOf().map((e) => `${e.from} ${e.to}`);
    expect(new Set(edges).size).toBe(edges.length);
    expect(impliedEdges()).toEqual([]);
    const levels = new Map(layOut().map((p) => [p.id, p.level]));
    for (const { from, to } of edgesOf()) expect(levels.get(from)!).toBeLessThan(levels.get(to)!);
  });

  test('a cycle, an unknown idea and an implied edge are found', () => {
    const idea = (id: string, ...needs: string[]) => ({ id, title: id, line: '', needs });
    expect(() => layOut([idea('a', 'b'), idea('b', 'a')])).toThrow('a needs itself');
    expect(() => layOut([idea('a', 'z')])).toThrow('no idea z');
    expect(impliedEdges([idea('a'), idea('b', 'a'), idea('c', 'a', 'b')])).toEqual([{ from: 'a', to: 'c' }]);
    expect(IDEAS.length).toBeGreaterThan(5);
  });
});

describe('the landscape', () => {
  test('heights lie on the grid, and the ball comes to rest in a valley', () => {
    const grid = heights(13, 11);
    expect(grid[0]).toBe(under({ x: RANGE.x[0], y: RANGE.y[0] }).height);
    expect(grid.at(-1)).toBe(under({ x: RANGE.x[1], y: RANGE.y[1] }).height);
    for (const x of [-5.5, -1, 0, 2, 5.5]) {
      for (const y of [-4.5, 0.3, 4.5]) {
        const r = roll({ x, y });
        expect(r.to, `from ${x}, ${y}: ${r.message}`).toBeLessThan(1e-6);
        expect(r.path.every((p) => Number.isFinite(p.x) && Number.isFinite(p.y))).toBe(true);
      }
    }
    expect(describeRoll(roll({ x: 0, y: 0 }))).toMatch(/^The ball rolled \d+ steps, from height 170 to /);
  });
});
