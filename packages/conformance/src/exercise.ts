import type { StoreDefinition } from '@coffer/core/driver';
import type { CheckContext } from './check-context.ts';

/** Checks of one subject. Those of a feature run when the driver declares it. */
export interface Exercise {
  /** One word, for reports and for `--only`: `get`, `cancellation`. */
  readonly name: string;
  /** What a driver that passes does, in a few words. */
  readonly title: string;
  /** Run only when the driver declares this feature. */
  readonly feature?: string;
  /** Run only where this says that there is something to see; everywhere by default. */
  readonly appliesTo?: (definition: StoreDefinition) => boolean;
  readonly checks: readonly Check[];
  /** Run when the driver does not declare the feature: fails when it works all the same. */
  readonly undeclared?: Check;
}

export interface Check {
  /** What a driver that passes does: `answers not_found for a name that is not there`. */
  readonly name: string;
  /** Milliseconds after which the check has failed. 20,000 by default. */
  readonly limit?: number;
  /** Resolves when the driver does as the name says; fails with `CheckFailure`. */
  run(context: CheckContext): Promise<void>;
}

/** What a driver did wrong. `message` says what was done, what came out and what should have; it never holds a value. */
export class CheckFailure extends Error {
  override readonly name = 'CheckFailure';
}

/** Ends a check that this driver or backend can't be put to. */
export class CheckSkip extends Error {
  override readonly name = 'CheckSkip';
}
