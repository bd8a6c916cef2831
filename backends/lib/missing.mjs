/** Why a backend can't run here: it is skipped with this reason, and the run goes on. */
export class Missing extends Error {}
