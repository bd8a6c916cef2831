export { askAsClient, type ClientOptions, type ClientOutcome } from './client.ts';
export {
  exchangesOf,
  type RecordedAnswer,
  type RecordedCase,
  type RecordedExchange,
  type RecordedRequest,
  type RecordedUpstream,
  readRecordedCases,
  recordedHeader,
  seenRequestOf,
} from './exchange.ts';
export { type Otherwise, type ReplayOptions, replay } from './judge.ts';
export { meaningOf } from './meaning.ts';
export { type RecordedVendor, startRecordedVendor, type VendorOptions, type Verify } from './vendor.ts';
