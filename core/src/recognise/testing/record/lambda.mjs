import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AwsLambdaInstrumentation } from '@opentelemetry/instrumentation-aws-lambda';
import { record, require } from './recorder.mjs';

/** A handler called the way AWS's runtime calls it, once for each of three triggers. */
const folder = mkdtempSync(path.join(tmpdir(), 'golden-lambda-'));
writeFileSync(path.join(folder, 'enrich.js'), "exports.handler = async () => ({ statusCode: 200, body: 'Jane Doe' });");
process.env.LAMBDA_TASK_ROOT = folder;
process.env._HANDLER = 'enrich.handler';
await record(
  'aws-lambda',
  {
    packages: ['@opentelemetry/instrumentation-aws-lambda'],
    server: 'none: the handler itself',
    instrumentations: [new AwsLambdaInstrumentation({ disableAwsContextPropagation: true })],
  },
  async () => {
    const { handler } = require(path.join(folder, 'enrich.js'));
    const about = {
      invokedFunctionArn: 'arn:aws:lambda:eu-central-1:123456789012:function:enrich-person',
      awsRequestId: '-',
      functionName: 'enrich-person',
    };
    await handler({ mail: 'jane@example.com' }, about);
    const requestContext = {
      http: { method: 'POST', path: '/people/jane@example.com' },
      domainName: 'api.example.com',
    };
    await handler(
      { version: '2.0', rawPath: '/people/4711', requestContext, headers: { host: 'api.example.com' }, body: 'Jane' },
      about,
    );
    const record = {
      messageId: '1',
      body: 'Jane',
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:eu-central-1:123456789012:mails',
      messageAttributes: {},
    };
    await handler({ Records: [record] }, about);
  },
);
rmSync(folder, { recursive: true, force: true });
