import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { agentConfigSchema } from '@liquid-lln/agent';
import { configSchema } from '@liquid-lln/coordinator';
import { topicsOf } from '@liquid-lln/protocol';
import t from 'tap';
import { projectRoot } from '../support/shared.js';

// What people look up has to be all that there is: configuration keys, topics, endpoints.

/** The parts of a schema that may have keys below them. */
interface SchemaNode {
  readonly entries?: Readonly<Record<string, SchemaNode>>;
  readonly wrapped?: SchemaNode;
  readonly item?: SchemaNode;
  readonly options?: readonly (SchemaNode | string)[];
}

/** The names of all keys in a schema. */
function keysOf(node: SchemaNode | string): string[] {
  if (typeof node === 'string') return [];
  const below = Object.entries(node.entries ?? {}).flatMap(([key, value]) => [key, ...keysOf(value)]);
  const inside = [node.wrapped, node.item, ...(node.options ?? [])].filter((one) => one !== undefined);
  return [...below, ...inside.flatMap(keysOf)];
}

function read(path: string): string {
  return readFileSync(join(projectRoot, path), 'utf8');
}

const configurations = [
  { name: 'an agent', schema: agentConfigSchema as SchemaNode, documents: ['docs/AGENT.md'] },
  { name: 'the coordinator', schema: configSchema as SchemaNode, documents: ['docs/COORDINATOR.md', 'docs/ALERTS.md'] },
];

for (const { name, schema, documents } of configurations) {
  t.test(`every key of the configuration of ${name} is in ${documents.join(' or ')}`, async (t) => {
    const text = documents.map(read).join('\n');
    const keys = new Set(keysOf(schema));
    t.ok(keys.size > 10, `${keys.size} keys`);
    for (const key of keys) t.ok(new RegExp(`\\b${key}\\b`).test(text), key);
  });
}

t.test('docs/SPEC.md lists every topic, and none that there is not', async (t) => {
  const rows = [...read('docs/SPEC.md').matchAll(/^\| `((?:env|device|package|operator)\/[^`]+)` \|/gm)];
  const listed = rows.map(([, topic = '']) => topic.replaceAll(/\{[^}]+\}/g, '0'));
  const topics = topicsOf('f');
  const arguments_ = ['0', '0'] as never[];
  const there = Object.values(topics).map((topic: (...args: never[]) => string) =>
    topic(...arguments_).replace('lln/v1/f/', ''),
  );
  t.same(listed.toSorted(), there.toSorted());
});

t.test('docs/AGENT.md lists every endpoint', async (t) => {
  const listed = [...read('docs/AGENT.md').matchAll(/^\| `(?:GET|POST) (\/\w+)` \|/gm)].map(([, path]) => path);
  const source = read('agent/src/adapters/http/routes.ts');
  const there = [...source.matchAll(/\['(\/\w+)', \{ method/g)].map(([, path]) => path);
  t.same(listed.toSorted(), there.toSorted());
});
