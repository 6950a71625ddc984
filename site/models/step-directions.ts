/** One place and one history of slopes, and what five rules make of them: the direction and the length of a step. */
import { grad, jit } from 'downhill';
import { formula } from 'downhill/formula';
import { adam, applyUpdates, chain, clip, clipByGlobalNorm, momentum, sgd, type UpdateRule } from 'downhill/optimize';
import { type Place, RAVINE, RAVINE_X, RAVINE_Y } from './adam.ts';
import { surfaceCode } from './adam-code.ts';
import { choiceField, type Fields, numberField, wholeField } from './link.ts';
import { speak } from './numbers.ts';

export const STEP_RULES = ['gd', 'norm', 'value', 'momentum', 'adam'] as const;
export type StepRule = (typeof STEP_RULES)[number];

export const STEP_NAMES: Readonly<Record<StepRule, string>> = {
  gd: 'gradient descent',
  norm: 'clipped by length',
  value: 'clipped by value',
  momentum: 'momentum',
  adam: 'Adam',
};

export const MOST_SEEN = 60;

export interface DirectionState {
  /** Who walks; the others only look at its slopes. */
  walk: StepRule;
  /** Steps the walker has taken. */
  seen: number;
  px: number;
  py: number;
  /** α of all rules but Adam. */
  pace: number;
  /** α of Adam. */
  apace: number;
  /** What a clipped gradient, or each of its numbers, is brought down to. */
  most: number;
  /** β of momentum. */
  keep: number;
}

export const PACES = [0.001, 0.079] as const;
export const ADAM_PACES = [0.01, 1] as const;
export const CLIPS = [0.1, 40] as const;
export const directionFields: Fields<DirectionState> = {
  walk: choiceField('gd', STEP_RULES),
  seen: wholeField(0, [0, MOST_SEEN]),
  px: numberField(-3.5, RAVINE_X),
  py: numberField(0.8, RAVINE_Y),
  pace: numberField(0.03, PACES),
  apace: numberField(0.4, ADAM_PACES),
  most: numberField(8, CLIPS),
  keep: numberField(0.7, [0, 0.99]),
};

const height = formula(RAVINE, { variables: ['x', 'y'] }).f as (x: number, y: number) => number;
const slopes = jit(grad(({ x, y }: Place) => height(x, y))) as (p: Place) => Place;

const ruleOf = (name: StepRule, { pace, apace, most, keep }: DirectionState): UpdateRule<Place, unknown> => {
  const rules = {
    gd: () => sgd<Place>(pace),
    norm: () => chain(clipByGlobalNorm<Place>(most), sgd<Place>(pace)),
    value: () => chain(clip<Place>(most), sgd<Place>(pace)),
    momentum: () => momentum<Place>(pace, { decay: keep }),
    adam: () => adam<Place>(apace),
  };
  return rules[name]() as UpdateRule<Place, unknown>;
};

/** A step that a rule would take, beside what plain descent at its rate would do. */
export interface AskedStep {
  readonly rule: StepRule;
  readonly step: Place;
  readonly length: number;
  /** The rate of this rule times the length of the gradient. */
  readonly plain: number;
  /** Between the step and the way straight against the gradient, in degrees; NaN where one of them has no length. */
  readonly angle: number;
}

export interface Asked {
  /** Places of the walker, the one where the rules are asked last. */
  readonly way: readonly Place[];
  readonly gradient: Place;
  readonly size: number;
  readonly steps: readonly AskedStep[];
}

/** The angle between two arrows in degrees, by both products, so that small ones keep their digits. */
export const angleBetween = (a: Place, b: Place): number => {
  const [along, across] = [a.x * b.x + a.y * b.y, a.x * b.y - a.y * b.x];
  return along === 0 && across === 0 ? Number.NaN : (Math.atan2(Math.abs(across), along) * 180) / Math.PI;
};

/** Walks with one rule, shows each slope to all five, and asks all of them for a step at the place reached. */
export function askRules(state: DirectionState): Asked {
  const rules = STEP_RULES.map((name) => ruleOf(name, state));
  let place: Place = { x: state.px, y: state.py };
  let memories = rules.map((rule) => rule.init(place));
  const way = [place];
  for (;;) {
    const gradient = slopes(place);
    const answers = rules.map((rule, i) => rule.update(gradient, memories[i], place));
    if (way.length > state.seen) {
      const size = Math.hypot(gradient.x, gradient.y);
      const steps = STEP_RULES.map((rule, i): AskedStep => {
        const [step] = answers[i] as [Place, unknown];
        const plain = (rule === 'adam' ? state.apace : state.pace) * size;
        const angle = angleBetween(step, { x: -gradient.x, y: -gradient.y });
        return { rule, step, length: Math.hypot(step.x, step.y), plain, angle };
      });
      return { way, gradient, size, steps };
    }
    memories = answers.map(([, memory]) => memory);
    place = applyUpdates(place, answers[STEP_RULES.indexOf(state.walk)]?.[0] as Place);
    way.push(place);
  }
}

export function describeAsked({ size, steps, way }: Asked, { walk }: DirectionState): string {
  if (size === 0) return 'The gradient is zero here: there is no way down to compare with.';
  const tell = (rule: StepRule): string => {
    const s = steps.find((step) => step.rule === rule) as AskedStep;
    return `${STEP_NAMES[rule]} would step ${speak(s.length)} far, ${speak(Math.round(s.angle * 10) / 10)} degrees off the way down`;
  };
  const walked = `${way.length - 1} ${way.length === 2 ? 'step' : 'steps'} of ${STEP_NAMES[walk]}`;
  return `After ${walked} the gradient is ${speak(size)} long; ${tell('gd')}; ${tell('momentum')}; ${tell('adam')}.`;
}

export const directionCode = ({
  walk,
  seen,
  px,
  py,
  pace,
  apace,
  most,
  keep,
}: DirectionState): string => `import { grad } from 'downhill';
import { formula } from 'downhill/formula';
import { adam, applyUpdates, chain, clip, clipByGlobalNorm, momentum, sgd } from 'downhill/optimize';

${surfaceCode(RAVINE)}
const slope = grad(loss);
const rules = {
  gd: sgd(${pace}),
  norm: chain(clipByGlobalNorm(${most}), sgd(${pace})),
  value: chain(clip(${most}), sgd(${pace})),
  momentum: momentum(${pace}, { decay: ${keep} }),
  adam: adam(${apace}),
} as Record<string, any>;
let place = { x: ${px}, y: ${py} };
const memory = Object.fromEntries(Object.entries(rules).map(([name, rule]) => [name, rule.init(place)]));
for (let k = 0; k <= ${seen}; k++) {
  const g = slope(place);
  let next = place;
  for (const [name, rule] of Object.entries(rules)) {
    const [step, kept] = rule.update(g, memory[name], place);
    memory[name] = kept;
    if (name === '${walk}') next = applyUpdates(place, step);
    if (k < ${seen}) continue;
    const angle = Math.atan2(Math.abs(g.x * step.y - g.y * step.x), -(g.x * step.x + g.y * step.y));
    console.log(name, Math.hypot(step.x, step.y), (angle * 180) / Math.PI);
  }
  place = next;
}
`;
