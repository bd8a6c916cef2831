import { freshName } from '../check-context.ts';
import type { Exercise } from '../exercise.ts';
import { expectFailure, expectValues } from '../expect.ts';

export const get: Exercise = {
  name: 'get',
  title: 'reads one secret by its name',
  checks: [
    {
      name: 'answers a record without a prototype that holds what was put there, and nothing more',
      run: async (context) => {
        const { name, values } = await context.seed();
        const store = await context.open();
        const { data } = await store.get({ name, metadata: {} }, { signal: context.signal });
        expectValues('get', data, values);
      },
    },
    {
      name: 'fails with not_found for a name that nobody has put there',
      run: async (context) => {
        const store = await context.open();
        const read = store.get({ name: freshName(), metadata: {} }, { signal: context.signal });
        await expectFailure('get of a missing secret', read, 'not_found');
      },
    },
  ],
};
