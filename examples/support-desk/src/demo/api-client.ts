/** The HTTP API as a compliance team's script would use it: a key, a purpose, JSON. */
export class ApiClient {
  readonly #url: string;
  readonly #key: string;

  constructor(url: string, key: string) {
    this.#url = url;
    this.#key = key;
  }

  get<T>(path: string): Promise<T> {
    return this.#call('GET', path);
  }

  post<T>(path: string, body: unknown = {}): Promise<T> {
    return this.#call('POST', path, body);
  }

  put<T>(path: string, body: unknown): Promise<T> {
    return this.#call('PUT', path, body);
  }

  async bytes(path: string): Promise<Uint8Array> {
    const answer = await read(this.#url + path, this.#headers());
    if (!answer.ok) throw new ApiError('GET', path, answer.status, await answer.text());
    return new Uint8Array(await answer.arrayBuffer());
  }

  /** The status alone, for calls that are meant to be refused. */
  async statusOf(path: string): Promise<number> {
    const answer = await read(this.#url + path, this.#headers());
    await answer.arrayBuffer();
    return answer.status;
  }

  async #call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer =
      method === 'GET'
        ? await read(this.#url + path, this.#headers())
        : await fetch(this.#url + path, {
            method,
            headers: { ...this.#headers(), ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
            ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          });
    const text = await answer.text();
    if (!answer.ok) throw new ApiError(method, path, answer.status, text);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  #headers(): Record<string, string> {
    return { authorization: `Bearer ${this.#key}`, 'vestige-purpose': 'demo of a data-subject request' };
  }
}

export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;

  constructor(method: string, path: string, status: number, text: string) {
    super(`${method} ${path} answered ${status}: ${text.slice(0, 500)}`);
    this.status = status;
  }
}

/** Reads twice before giving up: a connection that was kept open may have died with the server it led to. */
const read = (url: string, headers: Record<string, string>) =>
  fetch(url, { headers }).catch(() => fetch(url, { headers }));
