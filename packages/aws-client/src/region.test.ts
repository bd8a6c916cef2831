import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { regionOf } from './region.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aws-region-'));
  vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'config'));
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(folder, 'credentials'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

describe('the region', () => {
  it('is that of the settings, the environment, the profile, in this order', async () => {
    writeFileSync(join(folder, 'config'), '[default]\nregion = file-1\n[profile other]\nregion = file-2\n');
    const environment = { AWS_REGION: 'env-1', AWS_DEFAULT_REGION: 'env-2' };
    expect(await regionOf({ region: 'set-1', awsRegion: 'set-2' }, environment)).toBe('set-1');
    expect(await regionOf({ awsRegion: 'set-2' }, environment)).toBe('set-2');
    expect(await regionOf({ region: '', awsRegion: 'set-2' }, environment)).toBe('env-1');
    expect(await regionOf({}, { AWS_DEFAULT_REGION: 'env-2' })).toBe('env-2');
    expect(await regionOf({}, {})).toBe('file-1');
    vi.stubEnv('AWS_PROFILE', 'other');
    expect(await regionOf({}, {})).toBe('file-2');
  });

  it('is empty when there is none', async () => {
    expect(await regionOf({}, {})).toBe('');
  });
});
