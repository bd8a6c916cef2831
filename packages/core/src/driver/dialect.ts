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
  readonly kubernetes: {
    /** A value that is not UTF-8: its base64, or a replacement character for each byte that is none. */
    readonly binaryValues: 'base64' | 'replaced';
    /** A bulk read of a namespace that does not exist: a failure, or no secrets. */
    readonly missingNamespace: 'error' | 'empty';
    /** Whether the component announces that its secrets have several keys. */
    readonly multipleKeyValues: 'announced' | 'silent';
    /** `kubeconfigPath` in a pod: used, or ignored in favour of the pod's service account. */
    readonly kubeconfigPathInPod: 'used' | 'ignored';
    /** The variable KUBECONFIG: paths to join, or the name of one file. */
    readonly kubeconfigVariable: 'paths' | 'one_file';
    /** A `--kubeconfig` after `--` on the process's command line: ignored, or used. */
    readonly kubeconfigArgument: 'ignored' | 'used';
    /** Whether the settings `context`, `labelSelector`, `secretTypes` and `requestTimeout` are honoured; the reference has none. */
    readonly ownSettings: boolean;
  };
}
