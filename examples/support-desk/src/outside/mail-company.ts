import { Hono } from 'hono';
import { listen } from './listen.ts';

/** A mail company that keeps every message it delivers, and erases a contact when asked. */
export async function startMailCompany(
  port = 0,
): Promise<{ port: number; contacts(): readonly string[]; stop(): Promise<void> }> {
  let messages: { to: string; subject: string }[] = [];
  const app = new Hono();

  app.post('/v1/messages', async (c) => {
    messages.push(await c.req.json<{ to: string; subject: string }>());
    return c.json({ id: `m-${messages.length}` }, 202);
  });
  app.get('/v1/contacts/:email', (c) => {
    const own = messages.filter((message) => message.to === c.req.param('email'));
    return c.json(own);
  });
  app.delete('/v1/contacts/:email', (c) => {
    const before = messages.length;
    messages = messages.filter((message) => message.to !== c.req.param('email'));
    return messages.length === before ? c.notFound() : c.body(null, 204);
  });

  const server = await listen(app, port);
  return { ...server, contacts: () => messages.map((message) => message.to) };
}
