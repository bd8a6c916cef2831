import type { ReadFailureReason } from '../reading/read-failure.ts';

/** The reference's error code of every way a read can fail, whatever the surface. */
export const READ_ERROR_CODES: Readonly<Record<ReadFailureReason, string>> = {
  stores_not_configured: 'ERR_SECRET_STORES_NOT_CONFIGURED',
  store_not_found: 'ERR_SECRET_STORE_NOT_FOUND',
  denied: 'ERR_PERMISSION_DENIED',
  get_failed: 'ERR_SECRET_GET',
  bulk_get_failed: 'ERR_SECRET_GET',
};
