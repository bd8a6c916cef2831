import type { DriverDialect } from './driver/index.ts';

/** Every intended difference from the reference, one field a row of docs/deviations.md. Made once at start. */
export interface Dialect extends DriverDialect {
  readonly listen: {
    /** Address of the API, public and metrics listeners when no flag names one: loopback, or every interface. */
    readonly defaultAddress: '127.0.0.1' | '';
    /** Whether unix sockets are for their owner only, or as the process's umask says. */
    readonly privateSockets: boolean;
  };
  readonly metrics: {
    /** How many combinations of method, path and status the request metrics tell apart. */
    readonly maxRequestSeries: number;
    /** Whether `dapr_runtime_component_loaded` tells how many components are up; the reference never sets it. */
    readonly componentLoaded: boolean;
  };
  readonly tracing: {
    /** What an answer tells of the trace context when there is none: nothing, or a context of which every id is zero. */
    readonly emptyContext: 'absent' | 'zeros';
  };
  readonly http: {
    /** Without a token, whether requests with a foreign Host or Origin are refused. */
    readonly hostGuard: boolean;
    /** Whether a failed read carries Coffer's own error code in the header `coffer-error-code`. */
    readonly errorCodeHeader: boolean;
    /** Messages that HTTP/1.1 leaves ambiguous (Content-Length beside chunked, bare LF …): refused, or read as the reference reads them. */
    readonly parser: 'strict' | 'lenient';
    /** A body of exactly one byte over `--max-body-size`: refused as any larger one, or cut to the limit without a word. */
    readonly bodyOneOverLimit: 'refused' | 'cut';
  };
  readonly grpc: {
    /** Whether a failed read carries Coffer's own error code as an ErrorInfo. */
    readonly errorInfo: boolean;
    /** Server reflection: always answered and lists what is served, or as the reference has it while tracing is on. */
    readonly reflection: 'always' | 'as_reference';
    /** When the process stops, how long running calls are waited for: as long as for requests over HTTP, or for ever. */
    readonly drain: 'within_grace' | 'without_limit';
  };
  readonly loader: {
    /** A store with `ignoreErrors` whose init outlived `initTimeout`: left out, or served all the same. */
    readonly lateStore: 'refused' | 'served';
    /** A component that waited for its secret store and then fails: the start fails, or it is told when the process stops. */
    readonly releasedFailure: 'at_start' | 'at_stop';
    /** Components of building blocks that Coffer does not have: shown in the metadata API or not. */
    readonly listInertComponents: boolean;
    /** A setting whose name is nearly a known one, and text that is no boolean: the component fails, or a warning. */
    readonly doubtfulSettings: 'refused' | 'tolerated';
  };
  readonly resiliency: {
    /** Answers that another attempt would not change (not found, denied …): given at once, or retried and held against the store. */
    readonly definiteAnswers: 'final' | 'retried';
  };
  readonly kubernetesMode: {
    /** A Component resource that can't be decoded: skipped with a warning, or the start fails. */
    readonly unreadableComponent: 'skipped' | 'fatal';
    /** A Secret that a component refers to and that does not exist: that property is not set, or no component can be had. */
    readonly missingSecret: 'property' | 'all_components';
    /** How long a start waits for an API server that can't be reached: two minutes with growing pauses, or a hundred times five seconds. */
    readonly patience: 'two_minutes' | 'hundred_times';
  };
  readonly reload: {
    /** A changed component: the new one comes up and takes the place in one step, or the old one is closed first. */
    readonly replacement: 'new_first' | 'old_first';
    /** A component that fails to start: told, with the one before it served on and tried again later, or the end of the process. */
    readonly failedStart: 'logged' | 'fatal';
    /** Components of a document that can't be read any more: served on, or gone as if it were deleted. */
    readonly brokenDocument: 'kept' | 'removed';
    /** A name that two documents have: served on as it was, or the end of the process. */
    readonly duplicate: 'kept' | 'fatal';
    /** A resource directory or file that can't be opened any more: its components are served on, or the process ends. */
    readonly unreadable: 'kept' | 'fatal';
    /** A component whose secret references can't be followed any more: served on, or started anew without them. */
    readonly failedReference: 'kept' | 'emptied';
    /** A component that refers to a store which was just replaced: looked at in the same run, or at the next event. */
    readonly dependents: 'same_run' | 'next_event';
    /** Whether stores are asked to notice changes of their own (a secrets file) while they run. */
    readonly watchStores: boolean;
    /** Changed Resiliency resources: in force at once, or by a restart inside the process. */
    readonly resiliency: 'in_place' | 'restart';
    /** SIGHUP: everything is brought up anew beside what runs and then takes its place, or the listeners close and open again. */
    readonly hangUp: 'in_place' | 'restart';
  };
  readonly pluggable: {
    /** A socket that turns out to be no component: left out, or the end of discovery for all of them. */
    readonly brokenSocket: 'skipped' | 'ends_discovery';
    /** Versions of server reflection in which a socket is asked for its services, one after the other. */
    readonly reflection: readonly ('v1alpha' | 'v1')[];
    /** Sockets of the default folder that another user may have put there: refused, or used. */
    readonly foreignSockets: 'refused' | 'used';
    /** Whether a component that was started anew is given Init again before it is asked for secrets. */
    readonly initialiseAgain: boolean;
    /** Whether a component is told that the caller has given up or that the time is over. */
    readonly cancelsCalls: boolean;
    /** Reads over HTTP that wait for a component when the process is stopped: finished, or cancelled at once. */
    readonly readsAtStop: 'finished' | 'cancelled';
  };
}

export const cofferDialect: Dialect = {
  localEnv: { failOnMissing: true },
  localFile: { multiValuedScalars: 'kept', collidingPaths: 'error', reportOpenPermissions: true },
  kubernetes: {
    ownNamespace: 'used',
    binaryValues: 'base64',
    missingNamespace: 'error',
    multipleKeyValues: 'announced',
    kubeconfigPathInPod: 'used',
    kubeconfigVariable: 'paths',
    kubeconfigArgument: 'ignored',
    ownSettings: true,
  },
  aws: {
    assumedRole: 'assumed',
    rolesAnywhereNames: 'any_case',
    missingRegion: 'at_start',
    failedSecret: 'with_reason',
    valueKey: 'requested',
    ownSettings: true,
  },
  awsParameterStore: { foreignNames: 'left_out', invalidVersions: 'refused', endpoint: 'used' },
  awsSecretsManager: {
    binarySecrets: 'base64',
    jsonMembers: 'source',
    emptyVersions: 'left_out',
    secretsWithoutValue: 'left_out',
    awsRegion: 'used',
  },
  hashicorpVault: {
    address: 'trimmed',
    nonStringValues: 'json_text',
    emptyFolder: 'empty',
    bulk: 'permitted',
    versionId: 'checked',
    token: 'trimmed',
    files: 'followed',
    skipVerify: 'boolean',
    dotEntries: 'skipped',
    proxy: 'heeded',
    retries: 'some',
    failureBodies: 'errors',
    wrappedAnswers: 'unwrapped',
    ownSettings: true,
  },
  azureKeyVault: {
    maxResults: 'exact',
    managedSecrets: 'left_out',
    vanishedSecrets: 'left_out',
    namesFailedSecret: true,
    errorText: 'message',
    ownSettings: true,
    configuredLogin: 'alone',
    malformedCredentials: 'refused',
    certificateFormats: 'all',
    imdsProbe: 'when_tried',
    tokenPatience: 'request',
  },
  gcpSecretManager: {
    emptyVersions: 'left_out',
    bulkNames: 'short',
    withoutAccessibleVersion: 'skipped',
    checksum: 'verified',
    binaryValues: 'base64',
    explicitCredentials: 'any_part',
    escapedLineEnds: 'read',
    ownSettings: true,
  },
  alicloudParameterStore: { credentials: 'found', valueKey: 'requested', retries: 'some', ownSettings: true },
  tencentcloudSsm: {
    bookkeeping: 'left_out',
    chosenValue: 'non_empty',
    versionKeys: 'both',
    missingVersion: 'newest',
    otherKeys: 'used',
    vanishedSecrets: 'left_out',
    namesFailedSecret: true,
    retries: 'some',
    language: 'en-US',
    ownSettings: true,
  },
  huaweicloudCsms: {
    defaultVersion: 'latest',
    unlistedRegions: 'tried',
    disabledSecrets: 'left_out',
    vanishedSecrets: 'left_out',
    namesFailedSecret: true,
    retries: 'some',
    ownSettings: true,
  },
  listen: { defaultAddress: '127.0.0.1', privateSockets: true },
  metrics: { maxRequestSeries: 1000, componentLoaded: true },
  tracing: { emptyContext: 'absent' },
  http: { hostGuard: true, errorCodeHeader: true, parser: 'strict', bodyOneOverLimit: 'refused' },
  grpc: { errorInfo: true, reflection: 'always', drain: 'within_grace' },
  loader: { lateStore: 'refused', releasedFailure: 'at_start', listInertComponents: false, doubtfulSettings: 'refused' },
  resiliency: { definiteAnswers: 'final' },
  kubernetesMode: { unreadableComponent: 'skipped', missingSecret: 'property', patience: 'two_minutes' },
  reload: {
    replacement: 'new_first',
    failedStart: 'logged',
    brokenDocument: 'kept',
    duplicate: 'kept',
    unreadable: 'kept',
    failedReference: 'kept',
    dependents: 'same_run',
    watchStores: true,
    resiliency: 'in_place',
    hangUp: 'in_place',
  },
  pluggable: {
    brokenSocket: 'skipped',
    reflection: ['v1alpha', 'v1'],
    foreignSockets: 'refused',
    initialiseAgain: true,
    cancelsCalls: true,
    readsAtStop: 'finished',
  },
};

/** The reference's behaviour in every row: `--strict-dapr`. */
export const strictDialect: Dialect = {
  localEnv: { failOnMissing: false },
  localFile: { multiValuedScalars: 'dropped', collidingPaths: 'first', reportOpenPermissions: false },
  kubernetes: {
    ownNamespace: 'ignored',
    binaryValues: 'replaced',
    missingNamespace: 'empty',
    multipleKeyValues: 'silent',
    kubeconfigPathInPod: 'ignored',
    kubeconfigVariable: 'one_file',
    kubeconfigArgument: 'used',
    ownSettings: false,
  },
  aws: {
    assumedRole: 'ignored',
    rolesAnywhereNames: 'exact_case',
    missingRegion: 'at_first_call',
    failedSecret: 'name_alone',
    valueKey: 'returned',
    ownSettings: false,
  },
  awsParameterStore: { foreignNames: 'cut', invalidVersions: 'sent', endpoint: 'ignored' },
  awsSecretsManager: {
    binarySecrets: 'dropped',
    jsonMembers: 'reformatted',
    emptyVersions: 'sent',
    secretsWithoutValue: 'error',
    awsRegion: 'ignored',
  },
  hashicorpVault: {
    address: 'verbatim',
    nonStringValues: 'error',
    emptyFolder: 'error',
    bulk: 'all',
    versionId: 'passed_on',
    token: 'verbatim',
    files: 'read_once',
    skipVerify: 'exact',
    dotEntries: 'read',
    proxy: 'ignored',
    retries: 'none',
    failureBodies: 'whole',
    wrappedAnswers: 'no_data',
    ownSettings: false,
  },
  azureKeyVault: {
    maxResults: 'whole_pages',
    managedSecrets: 'included',
    vanishedSecrets: 'error',
    namesFailedSecret: false,
    errorText: 'whole_answer',
    ownSettings: false,
    configuredLogin: 'first',
    malformedCredentials: 'passed_over',
    certificateFormats: 'as_reference',
    imdsProbe: 'at_start',
    tokenPatience: 'minutes',
  },
  gcpSecretManager: {
    emptyVersions: 'refused',
    bulkNames: 'full',
    withoutAccessibleVersion: 'error',
    checksum: 'ignored',
    binaryValues: 'replaced',
    explicitCredentials: 'key_id',
    escapedLineEnds: 'literal',
    ownSettings: false,
  },
  alicloudParameterStore: { credentials: 'settings', valueKey: 'returned', retries: 'none', ownSettings: false },
  tencentcloudSsm: {
    bookkeeping: 'included',
    chosenValue: 'binary_unless_null',
    versionKeys: 'VersionID',
    missingVersion: 'sent_empty',
    otherKeys: 'ignored',
    vanishedSecrets: 'error',
    namesFailedSecret: false,
    retries: 'none',
    language: 'zh-CN',
    ownSettings: false,
  },
  huaweicloudCsms: {
    defaultVersion: 'none',
    unlistedRegions: 'refused',
    disabledSecrets: 'error',
    vanishedSecrets: 'error',
    namesFailedSecret: false,
    retries: 'none',
    ownSettings: false,
  },
  listen: { defaultAddress: '', privateSockets: false },
  metrics: { maxRequestSeries: Number.POSITIVE_INFINITY, componentLoaded: false },
  tracing: { emptyContext: 'zeros' },
  http: { hostGuard: false, errorCodeHeader: false, parser: 'lenient', bodyOneOverLimit: 'cut' },
  grpc: { errorInfo: false, reflection: 'as_reference', drain: 'without_limit' },
  loader: { lateStore: 'served', releasedFailure: 'at_stop', listInertComponents: true, doubtfulSettings: 'tolerated' },
  resiliency: { definiteAnswers: 'retried' },
  kubernetesMode: { unreadableComponent: 'fatal', missingSecret: 'all_components', patience: 'hundred_times' },
  reload: {
    replacement: 'old_first',
    failedStart: 'fatal',
    brokenDocument: 'removed',
    duplicate: 'fatal',
    unreadable: 'fatal',
    failedReference: 'emptied',
    dependents: 'next_event',
    watchStores: false,
    resiliency: 'restart',
    hangUp: 'restart',
  },
  pluggable: {
    brokenSocket: 'ends_discovery',
    reflection: ['v1alpha'],
    foreignSockets: 'used',
    initialiseAgain: false,
    cancelsCalls: false,
    readsAtStop: 'cancelled',
  },
};
