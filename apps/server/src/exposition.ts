/** Values of the labels that a sample has beside the ones all samples share. */
export type Labels = Readonly<Record<string, string>>;

/** How many values were at most as large as each of the bounds; of constant size. */
export class Distribution {
  readonly bounds: readonly number[];
  /** By bound, not cumulated; the last one is for what is larger than all of them. */
  readonly #counts: number[];
  #sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.#counts = new Array(bounds.length + 1).fill(0);
  }

  add(value: number): void {
    let at = 0;
    while (at < this.bounds.length && value > (this.bounds[at] as number)) at++;
    this.#counts[at] = (this.#counts[at] as number) + 1;
    this.#sum += value;
  }

  samples(name: string, labels: Labels): string[] {
    let count = 0;
    const lines = this.#counts.map((more, at) => {
      count += more;
      return sample(`${name}_bucket`, { ...labels, le: String(this.bounds[at] ?? '+Inf') }, count);
    });
    return [...lines, sample(`${name}_sum`, labels, this.#sum), sample(`${name}_count`, labels, count)];
  }
}

/** A metric in the text format of Prometheus; empty without samples, as the reference leaves it out then. */
export function family(name: string, type: 'counter' | 'histogram', help: string, samples: readonly string[]): string {
  return samples.length === 0 ? '' : `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${samples.join('\n')}\n`;
}

/** One line, with its labels sorted by name. */
export function sample(name: string, labels: Labels, value: number): string {
  const pairs = Object.keys(labels)
    .sort()
    .map((label) => `${label}="${escaped(labels[label] as string)}"`);
  return `${name}{${pairs.join(',')}} ${value}`;
}

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
