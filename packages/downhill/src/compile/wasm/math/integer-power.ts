import type { FunctionBuilder, FunctionReference } from '../function.ts';
import type { Value } from '../value.ts';

type Power = FunctionReference<readonly ['i32', 'i32'], readonly ['i32']>;

/**
 * x to the power y on 32-bit integers, wrapping, by repeated squaring. A negative power is 0 but for bases 1 and −1.
 */
export function integerPower(f: FunctionBuilder, x: Value<'i32'>, y: Value<'i32'>, unsigned: boolean): Value<'i32'> {
  const name = unsigned ? 'pow_u32' : 'pow_i32';
  const known = f.module.find(name) as Power | undefined;
  return f.call(known ?? make(f, name, unsigned), x, y);
}

const make = (f: FunctionBuilder, name: string, unsigned: boolean): Power =>
  f.module.function(
    name,
    ['i32', 'i32'],
    ['i32'],
    (g, x, y) => {
      const result = g.variable('i32', 1);
      const base = g.variable('i32', x);
      const left = g.variable('i32', y);
      if (!unsigned) {
        g.if(y.lt(0), () => {
          // only ±1 have whole inverses, and they are their own
          const unit = x.eq(1).or(x.eq(-1));
          g.if(unit.eqz(), () => g.return(g.constant('i32', 0)));
          left.set(y.and(1));
        });
      }
      g.while(
        () => left.get().ne(0),
        () => {
          g.if(left.get().and(1), () => result.set(result.get().mul(base.get())));
          base.set(base.get().mul(base.get()));
          left.set(left.get().shrU(1));
        },
      );
      return result.get();
    },
    { pure: true },
  );
