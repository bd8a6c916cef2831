import { bulkBugs } from './bulk-bugs.ts';
import { contractBugs } from './contract-bugs.ts';
import { endingBugs } from './ending-bugs.ts';
import { failuresBugs } from './failures-bugs.ts';
import { faultBugs } from './fault-bugs.ts';
import { getBugs } from './get-bugs.ts';
import { getManyBugs } from './get-many-bugs.ts';
import { importingBugs } from './importing-bugs.ts';
import { leakBugs } from './leak-bugs.ts';
import { leftoverBugs } from './leftover-bugs.ts';
import { listBugs } from './list-bugs.ts';
import { multiKeyBugs } from './multi-key-bugs.ts';
import { namesBugs } from './names-bugs.ts';
import { packageBugs } from './package-bugs.ts';
import { pingBugs } from './ping-bugs.ts';
import { requestMetadataBugs } from './request-metadata-bugs.ts';
import { runningBugs } from './running-bugs.ts';
import type { SeededBug } from './seeded-bug.ts';
import { valuesBugs } from './values-bugs.ts';
import { versionsBugs } from './versions-bugs.ts';
import { watchBugs } from './watch-bugs.ts';

/** Seen in what a store answers, in the files of its package, or in a process of its own. */
const APART: readonly SeededBug[] = [
  ...contractBugs,
  ...getBugs,
  ...namesBugs,
  ...valuesBugs,
  ...bulkBugs,
  ...listBugs,
  ...getManyBugs,
  ...versionsBugs,
  ...multiKeyBugs,
  ...requestMetadataBugs,
  ...pingBugs,
  ...watchBugs,
  ...failuresBugs,
  ...importingBugs,
  ...packageBugs,
];

/** Seen by what they do to this process: what another prints, leaves or blocks at the same time would be taken for theirs. */
const ALONE: readonly SeededBug[] = [...endingBugs, ...faultBugs, ...leakBugs, ...leftoverBugs, ...runningBugs];

export const SEEDED_BUGS: readonly SeededBug[] = [...APART, ...ALONE.map((bug) => ({ ...bug, alone: true }))];
