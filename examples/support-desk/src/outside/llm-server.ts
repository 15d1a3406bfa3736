import { Hono } from 'hono';
import { listen } from './listen.ts';

/**
 * An OpenAI-compatible model company with deterministic answers. It keeps what it was asked, as such companies do, and
 * erases on request: by the e-mail address or phone number that a prompt contained.
 */
export async function startLlm(
  port = 0,
): Promise<{ port: number; prompts(): readonly string[]; stop(): Promise<void> }> {
  let kept: { id: string; text: string }[] = [];
  const app = new Hono();

  app.post('/v1/chat/completions', async (c) => {
    const body = await c.req.json<{ model: string; messages: { role: string; content: string }[] }>();
    const text = body.messages.map((message) => message.content).join('\n');
    kept.push({ id: `cmpl-${kept.length + 1}`, text });
    const content = answerTo(text);
    return c.json({
      id: `cmpl-${kept.length}`,
      object: 'chat.completion',
      created: Math.floor(Date.now() / 1000),
      model: body.model,
      choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content } }],
      usage: {
        prompt_tokens: text.length,
        completion_tokens: content.length,
        total_tokens: text.length + content.length,
      },
    });
  });
  app.get('/v1/data-subjects/:who', (c) => {
    const own = kept.filter((entry) => entry.text.includes(c.req.param('who')));
    return c.json(own.map(({ id }) => ({ id })));
  });
  app.delete('/v1/data-subjects/:who', (c) => {
    const before = kept.length;
    kept = kept.filter((entry) => !entry.text.includes(c.req.param('who')));
    return kept.length === before ? c.notFound() : c.body(null, 204);
  });

  const server = await listen(app, port);
  return { ...server, prompts: () => kept.map((entry) => entry.text) };
}

/** The same question always gets the same answer, so that a run can be compared with its ledger. */
function answerTo(text: string): string {
  if (text.includes('Summarise')) return 'The customer wrote to us and was answered.';
  if (/refund|charged twice/i.test(text)) return 'billing';
  if (/where is my/i.test(text)) return 'delivery';
  return 'other';
}
