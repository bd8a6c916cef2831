export { builtInStore, DEFAULT_STORE, type DefaultStoreOptions, defaultStore } from './built-in-store.ts';
export { type KubernetesMode, type KubernetesModeOptions, kubernetesMode } from './kubernetes-mode.ts';
export { type KubernetesSourceOptions, kubernetesSource } from './source.ts';
