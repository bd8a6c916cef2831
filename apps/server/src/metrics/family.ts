import type { FamilyDefinition } from './catalogue.ts';
import { heading, labelText, series } from './exposition.ts';
import type { RewriteLabel } from './label-rules.ts';
import { type Cell, Distribution } from './samples.ts';

export interface FamilyOptions {
  readonly appId: string;
  /** What the Configuration makes of a label's value; values are as they are without it. */
  readonly rewrite?: RewriteLabel | undefined;
  /** How many combinations of labels are told apart; no limit by default. */
  readonly limit?: number | undefined;
}

/** One metric and all its combinations of labels. */
export class Family<Sample extends Cell | Distribution> {
  readonly #definition: FamilyDefinition;
  readonly #options: FamilyOptions;
  readonly #create: () => Sample;
  readonly #samples = new Map<string, { readonly labels: string; readonly sample: Sample }>();

  constructor(definition: FamilyDefinition, options: FamilyOptions, create: () => Sample) {
    this.#definition = definition;
    this.#options = options;
    this.#create = create;
  }

  /**
   * The sample for these values, which are in the order of the definition's labels. Look it up once and keep it. Beyond the
   * limit a new combination is counted with what `beyond` answers in place of its values.
   */
  sample(values: readonly string[], beyond?: (values: readonly string[]) => readonly string[]): Sample {
    const { labels, measure, name } = this.#definition;
    const { appId, rewrite, limit = Number.POSITIVE_INFINITY } = this.#options;
    const final = rewrite === undefined ? values : values.map((value, at) => rewrite(measure ?? name, labels[at] ?? '', value));
    const key = JSON.stringify(final);
    const known = this.#samples.get(key);
    if (known !== undefined) return known.sample;
    if (beyond !== undefined && this.#samples.size >= limit) return this.sample(beyond(values));
    const pairs: (readonly [string, string])[] = [
      ['app_id', appId],
      ...labels.map((label, at) => [label, final[at] ?? ''] as const),
    ];
    const sample = this.#create();
    this.#samples.set(key, { labels: labelText(pairs.sort(([a], [b]) => (a < b ? -1 : 1))), sample });
    return sample;
  }

  /** Takes all samples away: of a gauge that is set anew for each scrape. */
  clear(): void {
    this.#samples.clear();
  }

  /** The metric in the text format, in pieces; nothing without samples, as the reference leaves it out then. */
  *text(): Generator<string> {
    if (this.#samples.size === 0) return;
    const { name, type, help } = this.#definition;
    yield heading(name, type, help);
    for (const { labels, sample } of this.#samples.values()) yield series(name, labels, sample);
  }
}

export const cells = (definition: FamilyDefinition, options: FamilyOptions): Family<Cell> =>
  new Family<Cell>(definition, options, () => ({ value: 0 }));

/** `latency`: bounds for the definitions whose bounds are those of the Configuration. */
export function distributions(
  definition: FamilyDefinition,
  options: FamilyOptions,
  latency: readonly number[],
): Family<Distribution> {
  const { buckets = latency } = definition;
  const bounds = buckets === 'latency' ? latency : buckets;
  return new Family(definition, options, () => new Distribution(bounds));
}
