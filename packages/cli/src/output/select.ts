/**
 * Which of `count` rows to print when there is room for `room`: the first few one by one, then wider and wider steps,
 * always the last. The note says what was left out, if anything.
 */
export function selectRows(count: number, room: number): { indices: number[]; note: string | undefined } {
  if (count <= room) return { indices: [...Array(count).keys()], note: undefined };
  const head = Math.ceil(room / 2);
  const chosen = new Set([...Array(head).keys()]);
  const tail = room - head;
  // Equal ratios from the last row of the head to the end.
  for (let k = 1; k <= tail; k++) {
    chosen.add(Math.round((head - 1) * ((count - 1) / (head - 1)) ** (k / tail)));
  }
  const indices = [...chosen].sort((a, b) => a - b);
  return { indices, note: `(${indices.length} of ${count} rows; --all or --json for every one)` };
}
