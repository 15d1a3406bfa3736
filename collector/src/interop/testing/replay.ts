import { connect } from 'node:http2';
import { send } from '../../testing/send.ts';
import type { Fixture } from '../fixture.ts';

interface Target {
  readonly url: string;
  readonly grpcUrl: string | null;
  readonly key: string;
}

/**
 * Sends what a client sent, byte for byte, with a key that this collector knows.
 *
 * @returns `success`, or what the collector answered instead
 */
export function replay(target: Target, fixture: Fixture): Promise<string> {
  return fixture.transport === 'http' ? overHttp(target, fixture) : overGrpc(target, fixture);
}

async function overHttp({ url, key }: Target, { path, headers, bodyBase64 }: Fixture): Promise<string> {
  const { 'transfer-encoding': encoding, ...kept } = headers;
  const sent = await send(
    `${url}${path}`,
    Buffer.from(bodyBase64, 'base64'),
    { ...kept, authorization: `Bearer ${key}` },
    { chunked: encoding === 'chunked' },
  );
  return sent.status === 200 ? 'success' : `${sent.status} ${sent.body.toString()}`;
}

function overGrpc({ grpcUrl, key }: Target, { path, headers, bodyBase64 }: Fixture): Promise<string> {
  return new Promise((resolve, reject) => {
    const session = connect(grpcUrl ?? '');
    const call = session.request({
      ...headers,
      ':method': 'POST',
      ':path': path,
      authorization: `Bearer ${key}`,
    });
    let status = 'no status';
    const note = (trailers: Readonly<Record<string, unknown>>) => {
      const code = trailers['grpc-status'];
      if (code !== undefined) status = code === '0' ? 'success' : `${code} ${trailers['grpc-message']}`;
    };
    session.on('error', reject);
    call.on('error', reject);
    call.on('response', note); // a call that fails at once has only these
    call.on('trailers', note);
    call.on('close', () => {
      session.close();
      resolve(status);
    });
    call.resume();
    call.end(Buffer.from(bodyBase64, 'base64'));
  });
}
