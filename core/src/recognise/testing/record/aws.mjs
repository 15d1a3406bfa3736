import { createServer } from 'node:http';
import { AwsInstrumentation } from '@opentelemetry/instrumentation-aws-sdk';
import { record, require, step } from './recorder.mjs';

/** S3, SQS, SNS, Kinesis, Lambda and Bedrock answer out of a small server of our own; DynamoDB is dynalite. */
const PORT = 58_100;
const SEEN = 'traceparent';

function answer(request, response, body) {
  const target = request.headers['x-amz-target'] ?? '';
  const json = (value) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  const xml = (text) =>
    response.writeHead(200, { 'content-type': 'application/xml' }).end(`<?xml version="1.0"?>${text}`);
  if (target.endsWith('.SendMessage')) return json({ MessageId: 'm-1', MD5OfMessageBody: '0' });
  if (target.endsWith('.SendMessageBatch'))
    return json({ Successful: [{ Id: '1', MessageId: 'm-2', MD5OfMessageBody: '0' }], Failed: [] });
  if (target.endsWith('.ReceiveMessage')) {
    const attribute = { StringValue: '00-000000000000000000000000000000aa-00000000000000bb-01', DataType: 'String' };
    return json({
      Messages: [
        { MessageId: 'm-1', ReceiptHandle: 'r-1', Body: 'jane@example.com', MessageAttributes: { [SEEN]: attribute } },
      ],
    });
  }
  if (target.endsWith('.PutRecord')) return json({ ShardId: 's-1', SequenceNumber: '1' });
  if (target.endsWith('.GetRecords')) return json({ Records: [], MillisBehindLatest: 0 });
  if (target !== '') return json({});
  if (body.includes('Action=Publish'))
    return xml('<PublishResponse><PublishResult><MessageId>m-3</MessageId></PublishResult></PublishResponse>');
  if (request.url.startsWith('/2015-03-31/functions')) return json({ name: 'Jane Doe' });
  if (request.url.includes('/converse')) {
    const message = { role: 'assistant', content: [{ text: 'Jane Doe has one order.' }] };
    return json({
      output: { message },
      stopReason: 'end_turn',
      usage: { inputTokens: 9, outputTokens: 3, totalTokens: 12 },
      metrics: { latencyMs: 1 },
    });
  }
  if (request.url.includes('/invoke'))
    return json({
      embedding: [0.1],
      inputTextTokenCount: 3,
      results: [{ outputText: 'Jane', tokenCount: 1, completionReason: 'FINISH' }],
    });
  if (request.method === 'GET' && request.url.includes('list-type'))
    return xml('<ListBucketResult><Name>exports</Name><KeyCount>0</KeyCount></ListBucketResult>');
  if (request.headers['x-amz-copy-source']) return xml('<CopyObjectResult><ETag>"1"</ETag></CopyObjectResult>');
  if (request.method === 'POST' && request.url.includes('delete')) return xml('<DeleteResult></DeleteResult>');
  if (request.method === 'DELETE') return response.writeHead(204).end();
  if (request.url.includes('nowhere')) {
    response.writeHead(404, { 'content-type': 'application/xml' });
    return response.end(
      '<?xml version="1.0"?><Error><Code>NoSuchBucket</Code><Message>no bucket of jane@example.com</Message></Error>',
    );
  }
  return response
    .writeHead(200, { etag: '"1"', 'content-length': request.method === 'GET' ? '4' : '0' })
    .end(request.method === 'GET' ? 'Jane' : undefined);
}

const server = createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => answer(request, response, Buffer.concat(parts).toString()));
}).listen(PORT, '127.0.0.1');

const at = {
  region: 'eu-central-1',
  endpoint: `http://127.0.0.1:${PORT}`,
  credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
  maxAttempts: 1,
};
const instrumentations = [new AwsInstrumentation()];
const about = (client, where) => ({
  packages: [client, '@opentelemetry/instrumentation-aws-sdk'],
  server: where,
  instrumentations,
});

await record('aws-s3', about('@aws-sdk/client-s3', 'a server of our own'), async () => {
  const s3 = require('@aws-sdk/client-s3');
  const client = new s3.S3Client({ ...at, forcePathStyle: true });
  const run = (Command, input) => step(() => client.send(new s3[Command]({ Bucket: 'exports', ...input })));
  const Key = 'people/jane@example.com/4711.json';
  await run('PutObjectCommand', { Key, Body: 'Jane Doe' });
  await run('GetObjectCommand', { Key });
  await run('HeadObjectCommand', { Key });
  await run('ListObjectsV2Command', { Prefix: 'people/' });
  await run('CopyObjectCommand', { Key: 'archive/4711.json', CopySource: `exports/${Key}` });
  await run('DeleteObjectCommand', { Key });
  await run('DeleteObjectsCommand', { Delete: { Objects: [{ Key }] } });
  await run('GetObjectCommand', { Bucket: 'nowhere', Key });
});

await record('aws-messaging', about('@aws-sdk/client-sqs', 'a server of our own'), async () => {
  const {
    SQSClient,
    SendMessageCommand,
    SendMessageBatchCommand,
    ReceiveMessageCommand,
    DeleteMessageCommand,
  } = require('@aws-sdk/client-sqs');
  const { SNSClient, PublishCommand } = require('@aws-sdk/client-sns');
  const { KinesisClient, PutRecordCommand, GetRecordsCommand } = require('@aws-sdk/client-kinesis');
  const sqs = new SQSClient({ ...at, md5: false, useQueueUrlAsEndpoint: false });
  const QueueUrl = 'https://sqs.eu-central-1.amazonaws.com/123456789012/mails';
  await step(() => sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'jane@example.com' })));
  await step(() =>
    sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries: [{ Id: '1', MessageBody: 'Jane Doe' }] })),
  );
  await step(() => sqs.send(new ReceiveMessageCommand({ QueueUrl })));
  await step(() => sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: 'r-1' })));
  const sns = new SNSClient(at);
  await step(() =>
    sns.send(new PublishCommand({ TopicArn: 'arn:aws:sns:eu-central-1:123456789012:news', Message: 'Jane Doe' })),
  );
  const { NodeHttpHandler } = require('@smithy/node-http-handler');
  const kinesis = new KinesisClient({ ...at, requestHandler: new NodeHttpHandler() });
  await step(() =>
    kinesis.send(new PutRecordCommand({ StreamName: 'clicks', PartitionKey: 'jane', Data: Buffer.from('Jane') })),
  );
  await step(() => kinesis.send(new GetRecordsCommand({ ShardIterator: 's' })));
});

await record('aws-lambda-client', about('@aws-sdk/client-lambda', 'a server of our own'), async () => {
  const { LambdaClient, InvokeCommand } = require('@aws-sdk/client-lambda');
  const client = new LambdaClient(at);
  await step(() =>
    client.send(new InvokeCommand({ FunctionName: 'enrich-person', Payload: '{"mail":"jane@example.com"}' })),
  );
});

await record('aws-bedrock', about('@aws-sdk/client-bedrock-runtime', 'a server of our own'), async () => {
  const { BedrockRuntimeClient, ConverseCommand, InvokeModelCommand } = require('@aws-sdk/client-bedrock-runtime');
  const client = new BedrockRuntimeClient({
    ...at,
    requestHandler: new (require('@smithy/node-http-handler').NodeHttpHandler)(),
  });
  const messages = [{ role: 'user', content: [{ text: 'Who is Jane Doe?' }] }];
  await step(() => client.send(new ConverseCommand({ modelId: 'amazon.titan-text-lite-v1', messages })));
  await step(() =>
    client.send(
      new InvokeModelCommand({
        modelId: 'amazon.titan-text-lite-v1',
        body: '{"inputText":"Jane Doe","textGenerationConfig":{"maxTokenCount":9}}',
      }),
    ),
  );
});

await record('aws-dynamodb', about('@aws-sdk/client-dynamodb', 'dynalite 4.0'), async () => {
  const dynalite = require('dynalite')({ createTableMs: 0 });
  await new Promise((resolve) => dynalite.listen(58_101, '127.0.0.1', resolve));
  const db = require('@aws-sdk/client-dynamodb');
  const client = new db.DynamoDBClient({ ...at, endpoint: 'http://127.0.0.1:58101' });
  const run = (Command, input) => step(() => client.send(new db[Command](input)));
  const Key = { mail: { S: 'jane@example.com' } };
  const TableName = 'People';
  await run('CreateTableCommand', {
    TableName,
    AttributeDefinitions: [{ AttributeName: 'mail', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'mail', KeyType: 'HASH' }],
    BillingMode: 'PAY_PER_REQUEST',
  });
  await new Promise((resolve) => setTimeout(resolve, 300));
  await run('PutItemCommand', { TableName, Item: { ...Key, name: { S: 'Jane Doe' } } });
  await run('GetItemCommand', { TableName, Key });
  await run('QueryCommand', {
    TableName,
    KeyConditionExpression: 'mail = :m',
    ExpressionAttributeValues: { ':m': Key.mail },
  });
  await run('ScanCommand', { TableName });
  await run('UpdateItemCommand', {
    TableName,
    Key,
    UpdateExpression: 'SET #n = :n',
    ExpressionAttributeNames: { '#n': 'name' },
    ExpressionAttributeValues: { ':n': { S: 'Jane' } },
  });
  await run('BatchWriteItemCommand', { RequestItems: { [TableName]: [{ DeleteRequest: { Key } }] } });
  await run('BatchGetItemCommand', { RequestItems: { [TableName]: { Keys: [Key] } } });
  await run('DeleteItemCommand', { TableName, Key });
  await run('GetItemCommand', { TableName: 'Nowhere', Key });
  await run('DeleteTableCommand', { TableName });
  dynalite.close();
});
server.closeAllConnections();
server.close();
