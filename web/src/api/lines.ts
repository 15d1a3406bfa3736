/**
 * The values of an NDJSON answer, each as soon as its line is whole. The last line may lack its end.
 *
 * @throws SyntaxError for a line that is no JSON, such as one that a broken connection cut off
 */
export async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<unknown> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      rest += done ? decoder.decode() : decoder.decode(value, { stream: true });
      const lines = rest.split('\n');
      rest = done ? '' : (lines.pop() ?? '');
      for (const line of lines) if (line.trim() !== '') yield JSON.parse(line);
      if (done) return;
    }
  } finally {
    // Whoever stops listening lets the server stop too.
    await reader.cancel().catch(() => undefined);
  }
}
