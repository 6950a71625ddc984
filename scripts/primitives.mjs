// Prints the table of primitive × rule: a dot where the rule is present, a number where it is declined and why below.
import { records, ruleNames, ruleState } from '../packages/downhill/dist/control/registry.js';

const reasons = [];
const mark = (state) => {
  if (state === 'present') return '·';
  if (state === 'missing') return 'HOLE';
  if (!reasons.includes(state)) reasons.push(state);
  return String(reasons.indexOf(state) + 1);
};
const width = Math.max(...records.map((r) => r.name.length));
console.log(['primitive'.padEnd(width), ...ruleNames].join('  '));
for (const record of records) {
  const cells = ruleNames.map((rule) =>
    mark(ruleState(record, rule))
      .padStart(Math.ceil(rule.length / 2))
      .padEnd(rule.length),
  );
  console.log([record.name.padEnd(width), ...cells].join('  ').trimEnd());
}
console.log(`\n${records.length} primitives. · present; declined because:`);
reasons.forEach((reason, i) => console.log(`${String(i + 1).padStart(3)}  ${reason}`));
const holes = records.filter((r) => ruleNames.some((rule) => ruleState(r, rule) === 'missing'));
if (holes.length > 0) {
  console.error(`rules missing in: ${holes.map((r) => r.name).join(', ')}`);
  process.exitCode = 1;
}
