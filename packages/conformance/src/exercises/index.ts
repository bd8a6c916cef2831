import type { Exercise } from '../exercise.ts';
import { bulk } from './bulk.ts';
import { cancellation } from './cancellation.ts';
import { closing } from './closing.ts';
import { contract } from './contract.ts';
import { deadline } from './deadline.ts';
import { get } from './get.ts';
import { getMany } from './get-many.ts';
import { list } from './list.ts';
import { names } from './names.ts';
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
];
