import { ArgumentError } from '../tensor/errors.ts';
import { checkOptions, type OptionNames } from '../tensor/option-names.ts';
import { describeValue } from '../tensor/tensor.ts';
import { type AdamOptions, adam, adamax, adamw, amsgrad, type DecoupledOptions, decoupledNames } from './adam.ts';
import { nadam, radam } from './adam-variants.ts';
import { addDecayedWeights, chain } from './chain.ts';
import { lamb } from './lamb.ts';
import type { LearningRate } from './learning-rate.ts';
import { lion } from './lion.ts';
import { momentum, nesterov } from './momentum.ts';
import { muon } from './muon.ts';
import { adadelta, adagrad, rmsprop } from './rms.ts';
import type { UpdateRule } from './rule.ts';
import { sgd } from './sgd.ts';

/** What rules made by name may be told; each takes what concerns it. */
export interface NamedRuleOptions extends AdamOptions, DecoupledOptions {
  /** β of momentum and Nesterov, and of RMSProp's velocity. */
  readonly momentum?: number | undefined;
}

/** The names of what rules made by name may be told. */
export const namedRuleNames: OptionNames<NamedRuleOptions> = { ...decoupledNames, momentum: 1 };

type Make = <P>(learningRate: LearningRate, options: NamedRuleOptions) => UpdateRule<P, unknown>;

/** The options of a rule of Adam's family among those given. */
const adamOf = ({ beta1, beta2, epsilon }: NamedRuleOptions): AdamOptions => ({
  ...(beta1 === undefined ? {} : { beta1 }),
  ...(beta2 === undefined ? {} : { beta2 }),
  ...(epsilon === undefined ? {} : { epsilon }),
});

const weightDecayOf = ({ weightDecay }: NamedRuleOptions): DecoupledOptions =>
  weightDecay === undefined ? {} : { weightDecay };

const decoupledOf = (options: NamedRuleOptions): AdamOptions & DecoupledOptions => ({
  ...adamOf(options),
  ...weightDecayOf(options),
});

const decayOf = (options: NamedRuleOptions): { decay?: number } =>
  options.momentum === undefined ? {} : { decay: options.momentum };

/** Weight decay in front of a rule that has none of its own: a ridge penalty, as PyTorch's `weight_decay`. */
const penalized =
  (make: Make): Make =>
  <P>(learningRate: LearningRate, options: NamedRuleOptions) => {
    const rule = make<P>(learningRate, options);
    if (!options.weightDecay) return rule;
    return chain<P, readonly [unknown, unknown]>(addDecayedWeights<P>(options.weightDecay), rule);
  };

/** Every rule by its name. */
const makers = {
  gd: penalized((rate) => sgd(rate)),
  sgd: penalized((rate) => sgd(rate)),
  momentum: penalized((rate, options) => momentum(rate, decayOf(options))),
  nesterov: penalized((rate, options) => nesterov(rate, decayOf(options))),
  adam: penalized((rate, options) => adam(rate, adamOf(options))),
  adamw: (rate, options) => adamw(rate, decoupledOf(options)),
  amsgrad: penalized((rate, options) => amsgrad(rate, adamOf(options))),
  adamax: penalized((rate, options) => adamax(rate, adamOf(options))),
  nadam: penalized((rate, options) => nadam(rate, adamOf(options))),
  radam: penalized((rate, options) => radam(rate, adamOf(options))),
  adagrad: penalized((rate) => adagrad(rate)),
  rmsprop: penalized((rate, { momentum: velocity }) =>
    rmsprop(rate, velocity === undefined ? {} : { momentum: velocity }),
  ),
  adadelta: penalized((rate) => adadelta(rate)),
  lion: (rate, options) => lion(rate, weightDecayOf(options)),
  lamb: (rate, options) => lamb(rate, decoupledOf(options)),
  muon: (rate, options) => muon(rate, weightDecayOf(options)),
} satisfies Record<string, Make>;

export type RuleName = keyof typeof makers;

/** The names of all rules, in the order of a menu. */
export const ruleNames = Object.keys(makers) as readonly RuleName[];

/**
 * The rule a name stands for.
 * @throws ArgumentError for a name that is none, with the list of those that are, and for an option that is none.
 */
export function ruleByName<P>(
  who: string,
  name: RuleName,
  learningRate: LearningRate,
  options: NamedRuleOptions = {},
): UpdateRule<P, unknown> {
  return namedRule(who, name, learningRate, checkOptions(who, options, namedRuleNames));
}

/** The same among options that say other things, too. */
export function namedRule<P>(
  who: string,
  name: RuleName,
  learningRate: LearningRate,
  options: NamedRuleOptions,
): UpdateRule<P, unknown> {
  if (!Object.hasOwn(makers, name)) {
    throw new ArgumentError(`${who}: method ${describeValue(name)} is not one of ${ruleNames.join(', ')}`);
  }
  const make: Make = makers[name];
  return make<P>(learningRate, options);
}
