export { createDriver, type DriverOptions, type NewDriver } from './create-driver.ts';
export type { DriverForm } from './driver-files.ts';
export { UnusableInput } from './driver-names.ts';
