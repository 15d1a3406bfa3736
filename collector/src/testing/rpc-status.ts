import protobuf from 'protobufjs';

const { root } = protobuf.parse(
  `syntax = "proto3";
   message Status { int32 code = 1; string message = 2; repeated Any details = 3; }
   message Any { string type_url = 1; bytes value = 2; }
   message RetryInfo { Duration retry_delay = 1; }
   message Duration { int64 seconds = 1; int32 nanos = 2; }`,
  { keepCase: true },
);
const statusType = root.lookupType('Status');
const retryInfoType = root.lookupType('RetryInfo');

export interface RpcStatus {
  readonly code: number;
  readonly message: string;
  readonly retryAfterMs: number | null;
}

/** Reads `google.rpc.Status` with an encoder that is not ours, and from its details when to come back. */
export function readStatus(bytes: Uint8Array): RpcStatus {
  const status = statusType.toObject(statusType.decode(bytes), { defaults: true, arrays: true }) as {
    code: number;
    message: string;
    details: { type_url: string; value: Uint8Array }[];
  };
  const retry = status.details.find(({ type_url }) => type_url === 'type.googleapis.com/google.rpc.RetryInfo');
  return { code: status.code, message: status.message, retryAfterMs: retry ? delayOf(retry.value) : null };
}

function delayOf(retryInfo: Uint8Array): number {
  const { retry_delay } = retryInfoType.toObject(retryInfoType.decode(retryInfo), { longs: Number }) as {
    retry_delay: { seconds?: number; nanos?: number };
  };
  return (retry_delay.seconds ?? 0) * 1000 + (retry_delay.nanos ?? 0) / 1e6;
}
