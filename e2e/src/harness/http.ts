/** One HTTP call, with everything about its answer that a test may look at. */
export interface Call {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly json?: unknown;
  /** Sent as it is; `headers` say what it is. */
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  /** Binary bodies byte by byte, so that a search for ASCII text finds what they hold in the clear. */
  readonly text: string;
  /** Undefined when the answer is no JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects and fails where it is not there
  readonly json: any;
  readonly headers: Headers;
}

/** @param bearer null: without a key */
export async function send(origin: string, bearer: string | null, call: Call): Promise<Answer> {
  const body = call.json === undefined ? call.body : JSON.stringify(call.json);
  const answer = await fetch(origin + call.path, {
    method: call.method,
    headers: {
      ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
      ...(call.json === undefined ? {} : { 'content-type': 'application/json' }),
      ...call.headers,
    },
    ...(body === undefined ? {} : { body }),
  });
  const bytes = Buffer.from(await answer.arrayBuffer());
  const isJson = answer.headers.get('content-type')?.includes('json');
  const text = bytes.toString(isJson ? 'utf8' : 'latin1');
  return {
    status: answer.status,
    text,
    json: isJson && text !== '' ? JSON.parse(text) : undefined,
    headers: answer.headers,
  };
}
