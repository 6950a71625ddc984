// What is used of csv-parse, whose own types ask for Node's; `paths` of tsconfig.json leads here.
export function parse(
  text: string,
  options: Readonly<Record<string, unknown>>,
): { record: string[]; info: { lines: number } }[];
