import type { Shape } from './decode-onto.ts';

const RULES: Shape = { list: { members: { name: 'string', version: 'string', protocol: 'string' } } };
const PIPELINE: Shape = {
  members: {
    handlers: {
      list: {
        members: {
          name: 'string',
          type: 'string',
          version: 'string',
          selector: { members: { fields: { list: { members: { field: 'string', value: 'string' } } } }, required: true },
        },
      },
    },
  },
};
const METRIC: Shape = {
  members: {
    enabled: 'boolean?',
    recordErrorCodes: 'boolean?',
    http: { members: { increasedCardinality: 'boolean?', pathMatching: { list: 'string' }, excludeVerbs: 'boolean?' } },
    latencyDistributionBuckets: { list: 'integer' },
    rules: {
      list: { members: { name: 'string', labels: { list: { members: { name: 'string', regex: { mapOf: 'string' } } } } } },
    },
    workflow: { members: { latencyDistributionBuckets: { list: 'integer' }, latencyDistributionUnits: 'duration?' } },
  },
};
const TRACING: Shape = {
  members: {
    samplingRate: 'string',
    stdout: 'boolean',
    zipkin: { members: { endpointAddress: 'string' } },
    otel: {
      members: {
        protocol: 'string',
        endpointAddress: 'string',
        isSecure: 'boolean?',
        headers: { list: 'string' },
        timeout: 'duration?',
      },
    },
  },
};
const SECRETS: Shape = {
  members: {
    scopes: {
      list: {
        members: {
          storeName: 'string',
          defaultAccess: 'string',
          allowedSecrets: { list: 'string' },
          deniedSecrets: { list: 'string' },
        },
      },
    },
  },
};

/** Members of a Configuration document. What concerns no secret is there so that it is not taken for a mistake. */
export const CONFIGURATION: Shape = {
  required: true,
  members: {
    apiVersion: 'any',
    kind: 'string',
    metadata: 'any',
    spec: {
      required: true,
      members: {
        secrets: SECRETS,
        features: { list: { members: { name: 'string', enabled: 'boolean' } } },
        api: { members: { allowed: RULES, denied: RULES } },
        logging: {
          members: { apiLogging: { members: { enabled: 'boolean', obfuscateURLs: 'boolean', omitHealthChecks: 'boolean' } } },
        },
        components: { members: { deny: { list: 'string' } } },
        httpPipeline: PIPELINE,
        appHttpPipeline: PIPELINE,
        metric: METRIC,
        metrics: METRIC,
        tracing: TRACING,
        accessControl: 'any',
        mtls: 'any',
        nameResolution: 'any',
        wasm: 'any',
        workflow: 'any',
      },
    },
  },
};
