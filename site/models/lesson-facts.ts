/** What stands under the title of a lesson. Nothing of it is typed: it follows from the map and from the text. */
import { IDEAS, layOut } from './roadmap.ts';

export interface LessonFacts {
  /** From 1: how many ideas stand below it on the map, one on another. */
  readonly level: number;
  readonly levels: number;
  /** Names of the lessons that come right before it on the map. */
  readonly needs: readonly string[];
  readonly minutes: number;
  readonly diagrams: number;
}

const nameOf = (path: string): string => path.replace(/^lessons\/|\.html$/g, '');
/** Words a minute for a text with formulas, and minutes spent on a figure and on the questions. */
const PACE = 200;
const PER_DIAGRAM = 0.75;

/** Components that stand on a line of their own, in order. */
export const figuresIn = (markdown: string): string[] =>
  [...markdown.replace(/^```[\s\S]*?^```/gm, '').matchAll(/^<([A-Z]\w*)\b[^>]*\/>\s*$/gm)].map((m) => m[1] as string);

/** Words of the text, without code, formulas and tags. */
export const wordsIn = (markdown: string): number =>
  (
    markdown
      .replace(/^---\n[\s\S]*?\n---$/m, '')
      .replace(/^```[\s\S]*?^```/gm, '')
      .replace(/\$\$[\s\S]*?\$\$|\$[^$\n]*\$|<[^>]*>|\{#[\w-]+\}/g, ' ')
      .match(/[\p{L}\d’']+/gu) ?? []
  ).length;

/**
 * @param lesson the name of its page
 * @param isDiagram whether a component draws a picture
 */
export function factsOf(lesson: string, markdown: string, isDiagram: (component: string) => boolean): LessonFacts {
  const placed = layOut();
  const levelsOf = (name: string): number[] =>
    placed.filter((idea) => nameOf(idea.lesson ?? '') === name).map(({ level }) => level + 1);
  const own = IDEAS.filter((idea) => nameOf(idea.lesson ?? '') === lesson);
  const before = own
    .flatMap(({ needs }) => needs)
    .map((id) => nameOf(IDEAS.find((idea) => idea.id === id)?.lesson ?? ''));
  const diagrams = figuresIn(markdown).filter(isDiagram).length;
  return {
    level: Math.max(...levelsOf(lesson)),
    levels: Math.max(...placed.filter((idea) => idea.lesson !== undefined).map(({ level }) => level + 1)),
    needs: [...new Set(before)].filter((name) => name !== '' && name !== lesson),
    minutes: Math.round(wordsIn(markdown) / PACE + PER_DIAGRAM * diagrams),
    diagrams,
  };
}
