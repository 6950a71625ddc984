/** What a question is, as plain data: made from a seed by a pure function, drawn by `KnowledgeCheck`, judged by `judge`. */
import type { ClaimedDerivative } from 'downhill/judge';
import type { Chance } from '../chance.ts';

type Range = readonly [number, number];

/** A wrong answer that a known mistake gives, and the sentence that names the mistake. */
export interface KnownMistake<T> {
  readonly value: T;
  readonly message: string;
}

/** A number, or an expression without variables such as 2/3 or pi/4. */
export interface NumberAnswer {
  readonly type: 'number';
  /** What stands before the field: `f′(2) =`. */
  readonly label: string;
  readonly value: number;
  /** How far off an answer may be, as a part of its size (of 1 for smaller ones). Default 1e-6. */
  readonly tolerance?: number;
  readonly mistakes?: readonly KnownMistake<number>[];
}

/** A formula, judged by meaning: any text that is the same function on the same domain is right. */
export interface FormulaAnswer {
  readonly type: 'formula';
  readonly label: string;
  readonly expected: string;
  readonly variables: readonly string[];
  /** Conditions under which alone the two are compared, such as `x > 0`. */
  readonly assume?: readonly string[];
  /** Values that the question gives for its variables: an answer without variables is compared there. */
  readonly given?: Readonly<Record<string, number>>;
  readonly mistakes?: readonly KnownMistake<string>[];
  /** What follows from a wrong answer, shown in place of where the two differ. */
  readonly consequence?: Consequence;
}

/** A number that is 1 for the right answer, and tells on which side a wrong one lies. */
export interface Consequence {
  /** In the variables of the answer and in `answer`, which stands for its value: `abs(1 - 2*a*answer)`. */
  readonly of: string;
  /** How it is written for the learner: `|1 − 2·a·α|`. */
  readonly shown: string;
  readonly above: string;
  readonly below: string;
}

/** One of several. `lines` draws them as the lines of a calculation, for *find the mistake*. */
export interface ChoiceAnswer {
  readonly type: 'choice';
  readonly look: 'options' | 'lines';
  /** What a voice reads for the group. */
  readonly label: string;
  readonly options: readonly {
    readonly text: string;
    /** Why it is right or wrong, told once it is chosen. */
    readonly why: string;
  }[];
  readonly right: number;
}

/** A place on the picture: along the x axis of a curve, or anywhere on a map of heights. */
export interface PlaceAnswer {
  readonly type: 'place';
  readonly label: string;
  /** Where the handle begins: [x], or [x, y] on a map. */
  readonly start: readonly number[];
  /** Places that are right. */
  readonly targets: readonly (readonly number[])[];
  /** How far from one of them, along each axis, an answer by hand may lie. */
  readonly tolerance: number;
}

/** Pieces to be put in order. `right` lists, from first to last, the places of `pieces`. */
export interface OrderAnswer {
  readonly type: 'order';
  readonly label: string;
  readonly pieces: readonly string[];
  readonly right: readonly number[];
  /** What to say of the first piece that stands too early: for each piece, what it needs before it. */
  readonly needs?: readonly string[];
}

/** A number set by hand before the engine shows it: one attempt, then the truth is drawn over the guess. */
export interface PredictionAnswer {
  readonly type: 'prediction';
  readonly label: string;
  /** What the handle sets: the slope of the line through the marked point, or a place along the x axis. */
  readonly sets: 'slope' | 'place';
  readonly value: number;
  readonly start: number;
  readonly range: Range;
  /** How far off a prediction may be, in its own unit. */
  readonly tolerance: number;
}

export type Answer = NumberAnswer | FormulaAnswer | ChoiceAnswer | PlaceAnswer | OrderAnswer | PredictionAnswer;
export type AnswerType = Answer['type'];

/** What is drawn above the answer. */
export type Picture =
  /** The graph of a formula in x, with points marked on it. */
  | {
      readonly type: 'curve';
      readonly f: string;
      readonly x: Range;
      /** Default: what shows the curve. */
      readonly y?: Range;
      readonly marks?: readonly { readonly x: number; readonly label: string }[];
    }
  /** Lines of equal height of a formula in x and y. */
  | { readonly type: 'map'; readonly f: string; readonly x: Range; readonly y: Range }
  /** A number line for each of several walkers on one loss. */
  | {
      readonly type: 'lines';
      readonly variable: string;
      readonly range: Range;
      /** Where the loss is lowest; drawn with the steps, once the question is over. */
      readonly lowest: number;
      readonly walkers: readonly {
        readonly name: string;
        readonly at: number;
        readonly slope: number;
        /** Where one step of descent ends. */
        readonly to: number;
      }[];
    };

export interface Question {
  readonly prompt: string;
  readonly picture?: Picture;
  readonly answer: Answer;
  /** Each says a little more than the one before. */
  readonly hints: readonly string[];
  /** The right answer as it is shown. */
  readonly shown: string;
  /** Worked solution, a line a step. */
  readonly solution: readonly string[];
  /** Whose derivative is asked for: the gradient doctor compares a wrong answer with what known mistakes give. */
  readonly patient?: ClaimedDerivative;
}

/** A family of questions: a pure function from chance to a question. */
export interface QuestionKind {
  /** In links and in saved progress: never change it. Lower case with dashes. */
  readonly id: string;
  /** On its button. */
  readonly name: string;
  readonly ask: (c: Chance) => Question;
}

export interface LessonQuestions {
  /** The page's name: `derivatives`, `gradient`, `chain-rule`, `descent`, `adam`. */
  readonly lesson: string;
  readonly kinds: readonly QuestionKind[];
}

export interface Judgement {
  /** `unreadable`: no answer yet, nothing is counted. */
  readonly verdict: 'right' | 'wrong' | 'unreadable';
  readonly message: string;
}
