/**
 * Where answers may differ from the reference. One field a row of docs/deviations.md; code asks the field, never
 * "are we strict". Drivers get the fields that concern stores; `Dialect` of core has the rest.
 */
export interface DriverDialect {
  readonly localEnv: {
    /** Whether the setting `failOnMissing` is honoured; the reference has no such setting. */
    readonly failOnMissing: boolean;
  };
  readonly localFile: {
    /** Multi-valued files: top-level numbers, booleans, nulls and arrays become secrets, or are left out. */
    readonly multiValuedScalars: 'kept' | 'dropped';
    /** Two paths that flatten to one name: an init error that names it, or the first one in the file wins. */
    readonly collidingPaths: 'error' | 'first';
    /** Whether a secrets file that other users may read is reported at start. */
    readonly reportOpenPermissions: boolean;
  };
}
