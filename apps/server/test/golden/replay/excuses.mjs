// Steps that are meant to answer otherwise than recorded: lists of `{ id, steps, deviation }`.

/** The labels of a case's excused steps. */
export function excusesFor(excuses, id) {
  return excuses.filter((excuse) => excuse.id === id).flatMap(({ steps }) => steps);
}

/** The failures that remain: those of other steps, and one for each excused step that answers as recorded. */
export function unexcused(failures, excused) {
  const stale = excused.filter((label) => !failures.some(({ step }) => step === label));
  return [
    ...failures.filter(({ step }) => !excused.includes(step)),
    ...stale.map((step) => ({
      step,
      lines: ['answers as recorded now: take it out of not-reproduced.json and, if it was the last, of docs/deviations.md'],
    })),
  ];
}
