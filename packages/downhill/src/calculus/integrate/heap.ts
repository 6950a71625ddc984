interface HasError {
  readonly error: number;
}

/** Adds an item to a binary heap with the largest error on top. */
export function push<T extends HasError>(heap: T[], item: T): void {
  heap.push(item);
  for (let i = heap.length - 1; i > 0; ) {
    const parent = (i - 1) >> 1;
    if (heap[parent].error >= heap[i].error) return;
    [heap[parent], heap[i]] = [heap[i], heap[parent]];
    i = parent;
  }
}

/** Removes the item with the largest error. */
export function pop<T extends HasError>(heap: T[]): T | undefined {
  const top = heap[0];
  const last = heap.pop() as T;
  if (heap.length === 0) return top;
  heap[0] = last;
  for (let i = 0; ; ) {
    let largest = i;
    for (const child of [2 * i + 1, 2 * i + 2]) {
      if (child < heap.length && heap[child].error > heap[largest].error) largest = child;
    }
    if (largest === i) return top;
    [heap[largest], heap[i]] = [heap[i], heap[largest]];
    i = largest;
  }
}

/** Removes one item wherever it is. */
export function remove<T extends HasError>(heap: T[], item: T): void {
  if (heap[0] === item) {
    pop(heap);
    return;
  }
  const rest = heap.filter((other) => other !== item);
  heap.length = 0;
  for (const other of rest) push(heap, other);
}
