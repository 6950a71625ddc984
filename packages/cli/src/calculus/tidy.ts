import { FormulaError, parse, toText } from 'downhill/formula';

/** An expression as formulas are printed (`2x` for `2 * x`); as it stands when it refers to other nodes (`#3`). */
export function tidyText(expression: string): string {
  try {
    return toText(parse(expression));
  } catch (error) {
    if (error instanceof FormulaError) return expression;
    throw error;
  }
}
