import type { Exercise } from '../exercise.ts';
import { cancellation } from './cancellation.ts';
import { closing } from './closing.ts';
import { deadline } from './deadline.ts';
import { get } from './get.ts';
import { list } from './list.ts';
import { names } from './names.ts';
import { values } from './values.ts';

/** Everything that a driver is put to, in the order of a report. */
export const EXERCISES: readonly Exercise[] = [get, names, values, list, cancellation, deadline, closing];
