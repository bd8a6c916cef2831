import { randomUUID } from 'node:crypto';
import type { Answer } from '../fake-service.ts';

/** A refusal, as Alibaba Cloud's services write them. */
export class AlicloudFailure extends Error {
  override readonly name = 'AlicloudFailure';
  readonly status: number;
  /** `EntityNotExists.Parameter`. */
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export function failureAnswer({ status, code, message }: AlicloudFailure, host: string): Answer {
  const requestId = randomUUID().toUpperCase();
  const Recommend = `https://api.aliyun.com/troubleshoot?q=${code}&product=oos&requestId=${requestId}`;
  return { status, body: { RequestId: requestId, HostId: host, Code: code, Message: message, Recommend } };
}
