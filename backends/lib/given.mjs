import { Missing } from './missing.mjs';

/** A backend that no registry has: it takes part when its address is in the environment, and is started by hand. */
export function given(name, address, more = []) {
  return {
    name,
    found: [address, ...more].join(', '),
    async start() {
      if (!process.env[address]) throw new Missing(`give ${address}`);
      const names = [address, ...more].filter((variable) => process.env[variable] !== undefined);
      const environment = Object.fromEntries(names.map((variable) => [variable, process.env[variable]]));
      return { version: process.env[`${address}_VERSION`] ?? 'as given', environment };
    },
  };
}
