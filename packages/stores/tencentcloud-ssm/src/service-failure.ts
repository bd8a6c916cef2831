export interface ServiceFailureOptions {
  readonly requestId?: string;
  /** Of the answer; 200 unless told otherwise. */
  readonly status?: number;
}

/** An answer that is a failure. Its message is what the reference's library says. */
export class ServiceFailure extends Error {
  override readonly name = 'ServiceFailure';
  /** As the API names it: `ResourceNotFound`, `AuthFailure.SignatureFailure` …; `ClientError.…` for what is no answer of the API. */
  readonly code: string;
  readonly status: number;

  constructor(code: string, text: string, { requestId = '', status = 200 }: ServiceFailureOptions = {}) {
    const request = requestId === '' ? '' : `, RequestId=${requestId}`;
    super(`[TencentCloudSDKError] Code=${code}, Message=${text}${request}`);
    this.code = code;
    this.status = status;
  }
}
