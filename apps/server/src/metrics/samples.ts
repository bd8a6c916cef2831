/** Value of a counter or a gauge. Whoever counts holds the object, so that counting is one addition. */
export interface Cell {
  value: number;
}

/** How many values were at most as large as each of the bounds; of constant size. */
export class Distribution {
  readonly bounds: readonly number[];
  /** By bound, not cumulated; the last one is for what is larger than all of them. */
  readonly counts: number[];
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Array(bounds.length + 1).fill(0);
  }

  add(value: number): void {
    let at = 0;
    while (at < this.bounds.length && value > (this.bounds[at] as number)) at++;
    this.counts[at] = (this.counts[at] as number) + 1;
    this.sum += value;
  }
}
