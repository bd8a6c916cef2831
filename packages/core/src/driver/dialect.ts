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
    /** The namespace of the service account, or of the kubeconfig's context, where nothing names another. */
    readonly ownNamespace: 'used' | 'ignored';
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
  /** Both stores of AWS. */
  readonly aws: {
    /** A role to assume with other credentials: assumed, or ignored. */
    readonly assumedRole: 'assumed' | 'ignored';
    /** How the three settings of IAM Roles Anywhere may be spelled. */
    readonly rolesAnywhereNames: 'any_case' | 'exact_case';
    /** When a region that nothing names is told. */
    readonly missingRegion: 'at_start' | 'at_first_call';
    /** What a bulk read tells of a secret that it could not get: the reason too, or its name alone. */
    readonly failedSecret: 'with_reason' | 'name_alone';
    /** Key of a single value: the name as it was asked for, or as the service returns it. */
    readonly valueKey: 'requested' | 'returned';
    /** Whether settings that the reference lacks are honoured. */
    readonly ownSettings: boolean;
  };
  readonly awsParameterStore: {
    /** Listed names that do not start with the prefix: left out, or cut all the same. */
    readonly foreignNames: 'left_out' | 'cut';
    /** Versions that can be none: refused, an empty one left out, or sent. */
    readonly invalidVersions: 'refused' | 'sent';
    /** Whether the setting `endpoint` is honoured. */
    readonly endpoint: 'used' | 'ignored';
  };
  readonly awsSecretsManager: {
    /** A binary secret: its base64, or no key at all. */
    readonly binarySecrets: 'base64' | 'dropped';
    /**
     * Members of a JSON secret that are no strings: as they are in it, or read into doubles and maps and written again. The
     * secret `null` is then one without members, not a value.
     */
    readonly jsonMembers: 'source' | 'reformatted';
    /** `version_id` and `version_stage` that are empty: as if they were not there, or sent, which the service refuses. */
    readonly emptyVersions: 'left_out' | 'sent';
    /** A secret of a bulk read that has no value yet, or is being deleted: left out, or the end of the read. */
    readonly secretsWithoutValue: 'left_out' | 'error';
    /** Whether the setting `awsRegion` is honoured. */
    readonly awsRegion: 'used' | 'ignored';
  };
  readonly hashicorpVault: {
    /** Slashes at the end of `vaultAddr`: cut, or sent. */
    readonly address: 'trimmed' | 'verbatim';
    /** Values of a secret that are neither text nor null: their JSON text, or a failure of the read. */
    readonly nonStringValues: 'json_text' | 'error';
    /** A bulk read where nothing is stored: no secrets, or a failure. */
    readonly emptyFolder: 'empty' | 'error';
    /** A bulk read asks for the secrets that the caller may read and a failure names the secret, or for all of them and it does not. */
    readonly bulk: 'permitted' | 'all';
    /** `version_id` of a request: a number, as is checked before anything is sent, or what the server takes for one. */
    readonly versionId: 'checked' | 'passed_on';
    /** White space around `vaultToken`: cut, or sent. */
    readonly token: 'trimmed' | 'verbatim';
    /** The files of the token and of certificates: read again when they change, or read once. */
    readonly files: 'followed' | 'read_once';
    /** `skipVerify`: any text for true, announced by a warning; or `true` alone, announced for information. */
    readonly skipVerify: 'boolean' | 'exact';
    /** Entries of `caPath` that start with a dot, as volumes of Kubernetes have: passed over, or read. */
    readonly dotEntries: 'skipped' | 'read';
    /** The proxy variables of the environment. */
    readonly proxy: 'heeded' | 'ignored';
    /** Answers of throttling, of standby nodes and of failing servers: waited out for a while, or given at once. */
    readonly retries: 'some' | 'none';
    /** Answers of failure in messages: what the server says is wrong, or all that it sends. */
    readonly failureBodies: 'errors' | 'whole';
    /** Answers that the server wraps: unwrapped, or no data. */
    readonly wrappedAnswers: 'unwrapped' | 'no_data';
    /** Whether settings that the reference lacks are honoured: namespace, engine version, client certificate, time-out, logins. */
    readonly ownSettings: boolean;
  };
  readonly azureKeyVault: {
    /** `maxresults` of a bulk read: so many secrets, or whole pages until there are so many. */
    readonly maxResults: 'exact' | 'whole_pages';
    /** Secrets that belong to a certificate, in bulk reads and lists: left out, or given. */
    readonly managedSecrets: 'left_out' | 'included';
    /** A secret that is deleted while a bulk read is under way: left out, or the failure of the whole. */
    readonly vanishedSecrets: 'left_out' | 'error';
    /** Whether a failed bulk read says which secret could not be read. */
    readonly namesFailedSecret: boolean;
    /** What a failed read says: what the vault says, or the whole of its answer as the reference's library prints it. */
    readonly errorText: 'message' | 'whole_answer';
    /** Whether the settings that the reference does not have are honoured. */
    readonly ownSettings: boolean;
    /** Credentials in the settings: the only way to log in, or the first of all there are. */
    readonly configuredLogin: 'alone' | 'first';
    /** Credentials that can't be read: the component fails, or another way to log in is used. */
    readonly malformedCredentials: 'refused' | 'passed_over';
    /** Certificates: PEM with chains and encrypted keys and every PKCS#12, or what the reference's library reads. */
    readonly certificateFormats: 'all' | 'as_reference';
    /** The metadata service of the machine: looked for when a managed identity is tried, or whenever a component starts. */
    readonly imdsProbe: 'when_tried' | 'at_start';
    /** How long a token that can't be had is tried for: as long as a request, or some minutes. */
    readonly tokenPatience: 'request' | 'minutes';
  };
  readonly gcpSecretManager: {
    /** A `version_id` that is empty: as if it were not there, or refused as a version that can be none. */
    readonly emptyVersions: 'left_out' | 'refused';
    /** Names in a bulk read: those that a single read takes, or full resource names with the project's number. */
    readonly bulkNames: 'short' | 'full';
    /** A secret whose latest version is disabled or destroyed, or that has none: left out of a bulk read, or the end of it. */
    readonly withoutAccessibleVersion: 'skipped' | 'error';
    /** The checksum that comes with a payload: compared, or not looked at. */
    readonly checksum: 'verified' | 'ignored';
    /** A payload that is not UTF-8: its base64, or a replacement character for each byte that is none. */
    readonly binaryValues: 'base64' | 'replaced';
    /** What makes the key in the component's settings the one that is used: any part of it, or its id. */
    readonly explicitCredentials: 'any_part' | 'key_id';
    /** `\n` in a private key: a line end, or two characters that make it unreadable. */
    readonly escapedLineEnds: 'read' | 'literal';
    /** Whether the settings from `credentialsJSON` on are honoured; the reference has none of them. */
    readonly ownSettings: boolean;
  };
  readonly alicloudParameterStore: {
    /** Without a whole access key in the settings: other credentials are looked for, or requests are signed with nothing. */
    readonly credentials: 'found' | 'settings';
    /** Key of a value: the name as it was asked for, or as the service returns it. */
    readonly valueKey: 'requested' | 'returned';
    /** Answers of throttling and of a busy service: waited out for a while, or given at once. */
    readonly retries: 'some' | 'none';
    /** Whether the settings `path`, `ecsRamRole`, `endpoint`, `stsEndpoint` and `requestTimeout` are honoured; the reference has none. */
    readonly ownSettings: boolean;
  };
  readonly tencentcloudSsm: {
    /** Keys beside the value, of its kind and of the request: left out, or put into the data as if they were secret. */
    readonly bookkeeping: 'left_out' | 'included';
    /** Which of a text and a binary value is the secret's: the one that is not empty, or the binary one unless it is null. */
    readonly chosenValue: 'non_empty' | 'binary_unless_null';
    /** Request metadata that names a version: `VersionID`, and `version_id` too or not. */
    readonly versionKeys: 'both' | 'VersionID';
    /** A read without a version: of the newest one, or with an empty one, which the service refuses. */
    readonly missingVersion: 'newest' | 'sent_empty';
    /** Keys of the environment, the pod and the machine where the settings have none: used, or not looked for. */
    readonly otherKeys: 'used' | 'ignored';
    /** A secret that is deleted while a bulk read is under way: left out, or the failure of the whole. */
    readonly vanishedSecrets: 'left_out' | 'error';
    /** Whether a failed bulk read says which secret could not be read. */
    readonly namesFailedSecret: boolean;
    /** Answers of throttling and of a service in trouble, and connections that break: tried again for a while, or given at once. */
    readonly retries: 'some' | 'none';
    /** In which language the service is asked to tell of failures. */
    readonly language: 'en-US' | 'zh-CN';
    /** Whether the settings that the reference does not have, and the region of the environment, are honoured. */
    readonly ownSettings: boolean;
  };
  readonly huaweicloudCsms: {
    /** A read without a version: of the latest one, or of one without a name, which the service does not know. */
    readonly defaultVersion: 'latest' | 'none';
    /** Regions that the reference's library does not list: tried by the usual form of their address, or refused at start. */
    readonly unlistedRegions: 'tried' | 'refused';
    /** Secrets that are disabled, frozen or about to be deleted, in bulk reads and lists: left out, or read, which fails. */
    readonly disabledSecrets: 'left_out' | 'error';
    /** A secret that is deleted while a bulk read is under way: left out, or the failure of the whole. */
    readonly vanishedSecrets: 'left_out' | 'error';
    /** Whether a failed bulk read says which secret could not be read. */
    readonly namesFailedSecret: boolean;
    /** Answers of throttling and of failing servers: waited out for a while, or given at once. */
    readonly retries: 'some' | 'none';
    /** Whether settings that the reference lacks are honoured, and how long a request may take by default: 30 or 120 seconds. */
    readonly ownSettings: boolean;
  };
}
