export type { CriticalKind } from './classify.ts';
export {
  type CriticalOptions,
  type CriticalPoint,
  type CriticalPoints,
  criticalPoints,
  type UndecidedBox,
  undecidedReasons,
} from './critical.ts';
