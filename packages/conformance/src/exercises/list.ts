import { Feature } from '@coffer/core/driver';
import type { Exercise } from '../exercise.ts';
import { declaredMethod } from '../expect.ts';

export const list: Exercise = {
  name: 'list',
  title: 'tells the names of secrets, page by page',
  feature: Feature.list,
  checks: [
    {
      name: 'tells every name once',
      run: async (context) => {
        const { name } = await context.seed();
        const store = await context.open();
        const list = declaredMethod(store, 'list');
        const names: string[] = [];
        for await (const page of list({ metadata: {} }, { signal: context.signal })) names.push(...page);
        const times = names.filter((each) => each === name).length;
        if (times !== 1) context.fail(`list told a seeded name ${times} times`);
      },
    },
  ],
  undeclared: {
    name: 'has no list method, as it does not declare LIST',
    run: async (context) => {
      const store = await context.open();
      if (store.list !== undefined) context.fail('the store has a list method: declare the feature LIST');
    },
  },
};
