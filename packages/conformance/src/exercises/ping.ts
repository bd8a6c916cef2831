import { Feature } from '@coffer/core/driver';
import type { Exercise } from '../exercise.ts';
import { declaredMethod, expectFailure } from '../expect.ts';

export const ping: Exercise = {
  name: 'ping',
  title: 'tells whether the service is there and takes the credentials',
  feature: Feature.ping,
  checks: [
    {
      name: 'answers when all is well, with secrets there or without',
      run: async (context) => {
        const store = await context.open();
        const ping = declaredMethod(store, 'ping');
        await ping({ signal: context.signal });
        await context.seed();
        await ping({ signal: context.signal });
      },
    },
    {
      name: 'fails when the service is out of reach, and answers again when it is not',
      limit: 60_000,
      run: async (context) => {
        const store = await context.open();
        const ping = declaredMethod(store, 'ping');
        await context.inject('unreachable');
        const failure = await expectFailure('ping of a service out of reach', ping({ signal: context.signal }), 'unavailable');
        if (!failure.retryable) context.fail('the failure of ping says that it is not retryable');
        await context.heal();
        await ping({ signal: context.signal });
      },
    },
    {
      name: 'fails when the service does not take the credentials',
      limit: 60_000,
      run: async (context) => {
        const store = await context.open();
        const ping = declaredMethod(store, 'ping');
        await context.inject('unauthenticated');
        await expectFailure('ping with credentials that are not taken', ping({ signal: context.signal }), 'unauthenticated');
      },
    },
  ],
  undeclared: {
    name: 'has no ping method, as it does not declare PING, which a stable driver has to',
    run: async (context) => {
      const store = await context.open();
      if (store.ping !== undefined) context.fail('the store has a ping method: declare the feature PING');
      if (context.definition.status === 'stable') context.fail('the driver is declared stable, and can not be pinged');
    },
  },
};
