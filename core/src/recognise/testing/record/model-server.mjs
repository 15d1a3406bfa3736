import { createServer } from 'node:http';
import { pretend } from './recorder.mjs';

/** Answers like OpenAI's API: chat (also streamed, also with a tool call), responses and embeddings. */
export async function startModelServer(port = 58_090) {
  const server = createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      const body = parts.length === 0 ? {} : JSON.parse(Buffer.concat(parts).toString());
      if (request.url.endsWith('/embeddings')) {
        const inputs = Array.isArray(body.input) ? body.input : [body.input];
        const data = inputs.map((_, index) => ({ object: 'embedding', index, embedding: [0.1, 0.2] }));
        json(response, { object: 'list', model: body.model, data, usage: { prompt_tokens: 2, total_tokens: 2 } });
      } else if (request.url.endsWith('/responses')) responses(response, body);
      else if (body.model === 'broken')
        json(response, { error: { message: 'No model for jane@example.com', type: 'invalid' } }, 400);
      else if (body.stream) stream(response, body);
      else json(response, completion(body));
    });
  });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://${pretend('api.openai.com')}:${port}/v1`, stop };
}

const usage = { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 };
const head = { id: 'chatcmpl-1', created: 1_763_800_000 };

function completion({ model, messages = [], tools = [] }) {
  const wantsTool = tools.length > 0 && !messages.some(({ role }) => role === 'tool');
  const call = {
    id: 'call_1',
    type: 'function',
    function: { name: nameOf(tools[0]), arguments: '{"mail":"jane@example.com"}' },
  };
  const message = wantsTool
    ? { role: 'assistant', content: null, tool_calls: [call] }
    : { role: 'assistant', content: 'Jane Doe has one order.' };
  const choice = { index: 0, message, finish_reason: wantsTool ? 'tool_calls' : 'stop', logprobs: null };
  return { ...head, object: 'chat.completion', model: `${model}-2026-01-01`, choices: [choice], usage };
}

const nameOf = (tool) => tool?.function?.name ?? tool?.name;

function stream(response, { model }) {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const chunk = (delta, finish_reason = null) => ({
    ...head,
    object: 'chat.completion.chunk',
    model: `${model}-2026-01-01`,
    choices: [{ index: 0, delta, finish_reason }],
  });
  for (const one of [
    chunk({ role: 'assistant', content: 'Jane ' }),
    chunk({ content: 'Doe' }),
    chunk({}, 'stop'),
    { ...chunk({}), choices: [], usage },
  ]) {
    response.write(`data: ${JSON.stringify(one)}\n\n`);
  }
  response.end('data: [DONE]\n\n');
}

function responses(response, { model, tools = [], input }) {
  const hasResult = JSON.stringify(input ?? '').includes('function_call_output');
  const output =
    tools.length > 0 && !hasResult
      ? [
          {
            type: 'function_call',
            id: 'fc_1',
            call_id: 'call_1',
            name: nameOf(tools[0]),
            arguments: '{"mail":"jane@example.com"}',
            status: 'completed',
          },
        ]
      : [
          {
            type: 'message',
            id: 'msg_1',
            role: 'assistant',
            status: 'completed',
            content: [{ type: 'output_text', text: 'Jane Doe', annotations: [] }],
          },
        ];
  json(response, {
    id: 'resp_1',
    object: 'response',
    created_at: 1_763_800_000,
    status: 'completed',
    model: `${model}-2026-01-01`,
    output,
    usage: {
      input_tokens: 9,
      output_tokens: 3,
      total_tokens: 12,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens_details: { reasoning_tokens: 0 },
    },
  });
}

function json(response, body, status = 200) {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
