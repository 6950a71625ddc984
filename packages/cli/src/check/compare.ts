const NUMBER = /[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?/gi;

/** Numbers that are claimed without a decimal point are whole up to what arithmetic in float64 loses. */
const WHOLE_TOLERANCE = 1e-9;

/**
 * Whether a claim holds: the words between numbers are the same up to white space, and each number agrees to the last
 * digit that is claimed (0.33 claims a value from 0.325 to 0.335). An `…` at the end leaves open what follows.
 */
export function agrees(claimed: string, printed: string): boolean {
  const open = /(…|\.\.\.)\s*$/.test(claimed);
  const expected = tidy(open ? claimed.replace(/(…|\.\.\.)\s*$/, '') : claimed);
  const actual = tidy(printed);
  const [wantedWords, wantedNumbers] = take(expected);
  const [words, numbers] = take(actual);
  const last = wantedWords.length - 1;
  if (open ? words.length < wantedWords.length : words.length !== wantedWords.length) return false;
  const sameWords = wantedWords.every((text, i) =>
    i === last && open ? (words[i] as string).startsWith(text) : words[i] === text,
  );
  return sameWords && wantedNumbers.every((text, i) => agreesNumber(text, numbers[i] as string));
}

/** Claims may use a real minus sign and thin spaces, as prose does. */
const tidy = (text: string): string =>
  text
    .replaceAll('\u2212', '-')
    .replace(/(?<=\d)[\u2009\u202f](?=\d{3})/g, '')
    .replace(/^\s*[≈≃]\s*/, '')
    .replace(/\s+/g, ' ')
    .trim();

function take(text: string): [words: string[], numbers: string[]] {
  return [text.split(NUMBER).map((word) => word.replace(/\s+/g, '')), text.match(NUMBER) ?? []];
}

function agreesNumber(claimed: string, printed: string): boolean {
  const [expected, actual] = [Number(claimed), Number(printed)];
  const [mantissa = '', exponent = '0'] = claimed.toLowerCase().split('e');
  const decimals = mantissa.includes('.') ? mantissa.length - mantissa.indexOf('.') - 1 : 0;
  const isWhole = decimals === 0 && exponent === '0';
  const unit = 10 ** (Number(exponent) - decimals);
  const tolerance = isWhole
    ? WHOLE_TOLERANCE * Math.max(1, Math.abs(expected))
    : // half a unit of the last digit, and what printing in base two may lose of it
      unit * 0.5 * (1 + 1e-6);
  return Math.abs(expected - actual) <= tolerance;
}
