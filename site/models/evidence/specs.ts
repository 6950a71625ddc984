/** Which evidence each lesson asks for, and what the roadmap is passed with. */
import type { EvidenceKind, Experiment } from 'downhill/evidence';

export interface CardSpec {
  /** What the card is called on the map. */
  readonly title: string;
  readonly kind: EvidenceKind;
  /** The experiment until a figure of the lesson was touched. */
  readonly initial: Experiment;
  /** What the learner is asked to put into words. */
  readonly question: string;
}

/** By the name of the lesson's page. */
export const CARDS: Readonly<Record<string, CardSpec>> = {
  derivatives: {
    title: 'a derivative plot',
    kind: 'derivative-plot',
    initial: { function: 'x^2/2', calculation: { kind: 'derivative-plot', x: 1, h: 2 } },
    question: 'In your own words: what does the derivative say, and when does a quotient mislead?',
  },
  gradient: {
    title: 'a gradient vector',
    kind: 'gradient-vector',
    initial: {
      function: 'x^2/2 + y^2 - x*y',
      calculation: { kind: 'gradient-vector', point: { x: 1.5, y: -0.5 } },
    },
    question: 'In your own words: where does the gradient point, and what is each of its numbers?',
  },
  'chain-rule': {
    title: 'a manual-against-automatic comparison',
    kind: 'comparison',
    initial: {
      function: '(w*x + b - 1)^2',
      calculation: {
        kind: 'comparison',
        point: { w: 0.5, x: 3, b: 0.25 },
        manual: { w: '2*(w*x + b - 1)*x', b: '2*(w*x + b - 1)' },
      },
    },
    question: 'In your own words: what flows backwards, and where are values of the way forwards used again?',
  },
  descent: {
    title: 'a loss curve',
    kind: 'loss-curve',
    initial: {
      function: '(x - 1)^2',
      calculation: { kind: 'loss-curve', start: { x: -3 }, method: 'gd', learningRate: 0.1, steps: 30 },
    },
    question: 'In your own words: what does the learning rate decide, and how does its failure show in the curve?',
  },
  adam: {
    title: 'a loss curve of Adam',
    kind: 'loss-curve',
    initial: {
      function: 'x^2/2 + 10y^2',
      calculation: { kind: 'loss-curve', start: { x: 3, y: 1 }, method: 'adam', learningRate: 0.1, steps: 100 },
    },
    question: 'In your own words: what do the two moments remember, and when does that not help?',
  },
};

/** The four kinds of evidence with which the roadmap is passed. */
export const PASS: readonly { readonly kind: EvidenceKind; readonly title: string }[] = [
  { kind: 'derivative-plot', title: 'a derivative plot' },
  { kind: 'gradient-vector', title: 'a gradient vector' },
  { kind: 'loss-curve', title: 'a loss curve' },
  { kind: 'comparison', title: 'a manual-against-automatic comparison' },
];
