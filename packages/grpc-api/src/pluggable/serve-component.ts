import type { ComponentServer, ServeComponentOptions } from './component/serve-component.ts';

/** Serves a driver as a pluggable component of Dapr. Fails with an Error that says why the socket can't be used. */
export async function serveComponent(options: ServeComponentOptions): Promise<ComponentServer> {
  const component = await import('./component/serve-component.ts');
  return component.serveComponent(options);
}
