export type { AppConnection } from '@coffer/core';
export { createHttpApi } from './http-api.ts';
export { createHttpListener } from './listener/listener.ts';
export type {
  AnsweredRequest,
  ApiLoggingOptions,
  ApiRequest,
  ApiResponse,
  HttpApi,
  HttpApiOptions,
  HttpListener,
  HttpListenerOptions,
  HttpObserver,
  ListenAddress,
} from './options.ts';
