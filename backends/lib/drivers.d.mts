import type { Driver } from './options.mjs';

export const drivers: readonly (Driver & {
  readonly backends: readonly { start(tools: object, options: object): Promise<object> }[];
})[];
