import type { Exercise } from '../exercise.ts';
import { bulk } from './bulk.ts';
import { cancellation } from './cancellation.ts';
import { closing } from './closing.ts';
import { contract } from './contract.ts';
import { deadline } from './deadline.ts';
import { eventLoop } from './event-loop.ts';
import { failures } from './failures.ts';
import { faults } from './faults.ts';
import { get } from './get.ts';
import { getMany } from './get-many.ts';
import { importing } from './importing.ts';
import { leaks } from './leaks.ts';
import { leftovers } from './leftovers.ts';
import { lifecycle } from './lifecycle.ts';
import { list } from './list.ts';
import { load } from './load.ts';
import { manifest } from './manifest.ts';
import { multiKey } from './multi-key.ts';
import { names } from './names.ts';
import { operations } from './operations.ts';
import { packaging } from './package.ts';
import { ping } from './ping.ts';
import { requestMetadata } from './request-metadata.ts';
import { settings } from './settings.ts';
import { values } from './values.ts';
import { versions } from './versions.ts';
import { watch } from './watch.ts';

/** Everything that a driver is put to, in the order of a report. */
export const EXERCISES: readonly Exercise[] = [
  contract,
  get,
  names,
  values,
  bulk,
  list,
  getMany,
  versions,
  multiKey,
  requestMetadata,
  ping,
  watch,
  failures,
  cancellation,
  deadline,
  closing,
  lifecycle,
  load,
  eventLoop,
  leftovers,
  leaks,
  importing,
  manifest,
  settings,
  packaging,
  operations,
  faults,
];
