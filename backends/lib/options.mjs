import { parseArgs } from 'node:util';
import { Failure } from '../../scripts/lib/failure.mjs';

const FLAGS = {
  only: { type: 'string', default: '' },
  list: { type: 'boolean', default: false },
  record: { type: 'boolean', default: false },
  cases: { type: 'string', default: '' },
  'kube-apiserver': { type: 'string' },
  etcd: { type: 'string' },
  trace: { type: 'string' },
  delay: { type: 'string', default: '0' },
};

/** The command line; a flag that is none is a Failure. `only` is a list of names, `delay` milliseconds. */
export function readOptions(argv) {
  try {
    const { values } = parseArgs({ args: argv, options: FLAGS });
    return { ...values, only: values.only.split(',').filter(Boolean), delay: milliseconds(values.delay) };
  } catch (error) {
    if (error.code?.startsWith('ERR_PARSE_ARGS')) throw new Failure(`${error.message}\nbackends/README.md lists the options`);
    throw error;
  }
}

/**
 * What there is to do: the suite and the conformance of each driver on each of its backends, and its recorded cases on theirs, as
 * `{ driver, backend, kind: 'suite' | 'conformance' | 'recorded', file?, also? }`.
 */
export function jobsOf(drivers) {
  return drivers.flatMap(({ name: driver, backends, recorded }) => {
    const suites = backends.flatMap((backend) => ['suite', 'conformance'].map((kind) => ({ driver, backend, kind })));
    if (recorded === undefined) return suites;
    const backend = backends.find(({ name }) => name === recorded.backend);
    return [...suites, { driver, backend, kind: 'recorded', file: recorded.file, also: recorded.also ?? [] }];
  });
}

/** Those of which the driver, the backend or the kind is among the names; all of them without names. */
export function chosenJobs(jobs, only) {
  const namesOf = ({ driver, backend, kind }) => [driver, backend.name, kind];
  const known = new Set(jobs.flatMap(namesOf));
  const unknown = only.find((name) => !known.has(name));
  if (unknown !== undefined) throw new Failure(`--only: there is no ${unknown}, but ${[...known].join(', ')}`);
  if (only.length === 0) return jobs;
  // Names of one sort widen the choice, names of another one narrow it.
  const sorts = [0, 1, 2].map((sort) => only.filter((name) => jobs.some((job) => namesOf(job)[sort] === name)));
  return jobs.filter((job) => sorts.every((names, sort) => names.length === 0 || names.includes(namesOf(job)[sort])));
}

export function describeJobs(jobs) {
  return jobs.map(({ driver, backend, kind }) => `${driver} on ${backend.name} (${backend.found}): ${kind}`).join('\n');
}

function milliseconds(text) {
  const value = Number(text);
  if (!(value >= 0)) throw new Failure(`--delay: ${JSON.stringify(text)} is not a number of milliseconds`);
  return value;
}
