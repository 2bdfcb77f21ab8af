// The order that a list is read in: by a column, or the other way round. The server sorts, for a page is only a part.
export interface Sort {
  readonly order: number;
  readonly reversed: boolean;
}

/** What a press on a column's head asks for: that column, then the other way round, then the list's own order again. */
export function nextSort(now: Sort, order: number, own: number): Sort {
  if (now.order !== order) return { order, reversed: false };
  return now.reversed ? { order: own, reversed: false } : { order, reversed: true };
}
