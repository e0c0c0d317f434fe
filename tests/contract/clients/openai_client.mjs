// OpenAI's own client for Node: lists, asks, streams, cancels and is refused; prints a report.

import OpenAI from "openai";

// Read from a stream before it is closed.
const CHUNKS = 3;
const [baseURL, apiKey, model, question, long, session] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
const messages = [{ role: "user", content: question }];

async function streamed() {
  const stream = await client.chat.completions.create({
    model,
    messages,
    stream: true,
    stream_options: { include_usage: true },
  });
  const report = { streamed: "", usage: null };
  for await (const chunk of stream) {
    report.usage = chunk.usage;
    for (const choice of chunk.choices) report.streamed += choice.delta.content ?? "";
  }
  return report;
}

async function refusal(key, model, messages) {
  const other = new OpenAI({ baseURL, apiKey: key, maxRetries: 0 });
  try {
    await other.chat.completions.create({ model, messages });
  } catch (error) {
    return [error.status, error.code, error.param];
  }
  return [];
}

async function cancel() {
  const stream = await client.chat.completions.create({
    model: long,
    messages: [{ role: "user", content: "bench n=20000 rate=40" }],
    stream: true,
    metadata: { session_id: session },
  });
  let left = CHUNKS;
  for await (const _ of stream) if (!--left) break;
  stream.controller.abort();
}

const whole = await client.chat.completions.create({ model, messages });
const models = [];
for await (const found of client.models.list()) models.push(found.id);
const report = {
  models,
  model: (await client.models.retrieve(model)).id,
  whole: whole.choices[0].message.content,
  finish_reason: whole.choices[0].finish_reason,
  reference: whole.choices[0].message.reference,
  ...(await streamed()),
  refused: [
    await refusal(apiKey, model, []),
    await refusal(apiKey, "no such model", messages),
    await refusal("ragflow-nonsense", model, messages),
  ],
};
if (long) await cancel();
console.log(JSON.stringify(report));
