/** The map of ideas: what leads to what, and where each idea is taught. */

export interface Idea {
  readonly id: string;
  readonly title: string;
  /** What the idea is good for, in a line. */
  readonly line: string;
  /** Ideas needed first; only the nearest, so that there is one edge for each prerequisite. */
  readonly needs: readonly string[];
  /** Page of the lesson, relative to the site; absent while it is not written. */
  readonly lesson?: string;
}

export const IDEAS: readonly Idea[] = [
  {
    id: 'derivative',
    title: 'Derivative',
    line: 'how fast one thing changes with another',
    needs: [],
    lesson: 'lessons/derivatives.html',
  },
  {
    id: 'gradient',
    title: 'Partial derivatives and the gradient',
    line: 'one slope for each input, together the steepest way up',
    needs: ['derivative'],
    lesson: 'lessons/gradient.html',
  },
  {
    id: 'chain',
    title: 'Chain rule',
    line: 'slopes multiply along a composition',
    needs: ['derivative'],
    lesson: 'lessons/chain-rule.html',
  },
  {
    id: 'descent',
    title: 'Gradient descent',
    line: 'small steps against the gradient',
    needs: ['gradient'],
    lesson: 'lessons/descent.html',
  },
  {
    id: 'backpropagation',
    title: 'Backpropagation',
    line: 'the chain rule backwards, every product reused',
    needs: ['gradient', 'chain'],
    lesson: 'lessons/chain-rule.html',
  },
  {
    id: 'momentum',
    title: 'Momentum, Adam and schedules',
    line: 'steps that remember and adapt',
    needs: ['descent'],
    lesson: 'lessons/adam.html',
  },
  {
    id: 'training',
    title: 'Training a model',
    line: 'gradients from data, steps to weights',
    needs: ['descent', 'backpropagation'],
  },
];

export interface Placed extends Idea {
  /** The longest chain of prerequisites below it. */
  readonly level: number;
  /** Place within the level, from 0, and how many share it. */
  readonly slot: number;
  readonly slots: number;
}

export interface Edge {
  readonly from: string;
  readonly to: string;
}

/** Every prerequisite as an edge. */
export const edgesOf = (ideas: readonly Idea[] = IDEAS): Edge[] =>
  ideas.flatMap((idea) => idea.needs.map((from) => ({ from, to: idea.id })));

/**
 * Ideas in levels, prerequisites first.
 * @throws Error for an unknown prerequisite or a cycle.
 */
export function layOut(ideas: readonly Idea[] = IDEAS): Placed[] {
  const levels = new Map<string, number>();
  const open = new Set<string>();
  const levelOf = (id: string): number => {
    const known = levels.get(id);
    if (known !== undefined) return known;
    const idea = ideas.find((i) => i.id === id);
    if (idea === undefined) throw new Error(`the map has no idea ${id}`);
    if (open.has(id)) throw new Error(`${id} needs itself, by way of ${[...open].join(', ')}`);
    open.add(id);
    const level = Math.max(-1, ...idea.needs.map(levelOf)) + 1;
    open.delete(id);
    levels.set(id, level);
    return level;
  };
  for (const idea of ideas) levelOf(idea.id);
  return ideas.map((idea) => {
    const row = ideas.filter((other) => levels.get(other.id) === levels.get(idea.id));
    return { ...idea, level: levels.get(idea.id) as number, slot: row.indexOf(idea), slots: row.length };
  });
}

/** Edges that a longer way already implies; the map has none. */
export function impliedEdges(ideas: readonly Idea[] = IDEAS): Edge[] {
  const needsOf = (id: string): readonly string[] => ideas.find((i) => i.id === id)?.needs ?? [];
  const reaches = (from: string, to: string): boolean => needsOf(to).some((n) => n === from || reaches(from, n));
  return edgesOf(ideas).filter(({ from, to }) => needsOf(to).some((n) => n !== from && reaches(from, n)));
}
