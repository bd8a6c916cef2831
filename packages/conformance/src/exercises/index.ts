import type { Exercise } from '../exercise.ts';
import { bulk } from './bulk.ts';
import { cancellation } from './cancellation.ts';
import { closing } from './closing.ts';
import { contract } from './contract.ts';
import { deadline } from './deadline.ts';
import { eventLoop } from './event-loop.ts';
import { faults } from './faults.ts';
import { get } from './get.ts';
import { getMany } from './get-many.ts';
import { lifecycle } from './lifecycle.ts';
import { list } from './list.ts';
import { load } from './load.ts';
import { names } from './names.ts';
import { operations } from './operations.ts';
import { values } from './values.ts';

/** Everything that a driver is put to, in the order of a report. */
export const EXERCISES: readonly Exercise[] = [
  contract,
  get,
  names,
  values,
  bulk,
  list,
  getMany,
  cancellation,
  deadline,
  closing,
  lifecycle,
  load,
  eventLoop,
  operations,
  faults,
];
