export type { ComponentServer, ServeComponentOptions } from './component/serve-component.ts';
export { type DiscoverComponentsOptions, discoverComponents } from './host/discover-components.ts';
export type { PluggableComponents } from './host/use-sockets.ts';
export { serveComponent } from './serve-component.ts';
export { DEFAULT_SOCKET_FOLDER } from './socket-folder.ts';
