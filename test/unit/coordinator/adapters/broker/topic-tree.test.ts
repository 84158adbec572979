import { TopicTree } from '@liquid-lln/coordinator';
import fc from 'fast-check';
import t from 'tap';

function treeOf(topics: readonly string[]): TopicTree<string> {
  const tree = new TopicTree<string>();
  for (const topic of topics) tree.set(topic, topic);
  return tree;
}

/** The rules of MQTT 3.1.1, section 4.7, as plainly as they can be written. */
function matches(filter: string, topic: string): boolean {
  if (topic.startsWith('$') && /^[+#]/.test(filter)) return false;
  const [wanted, levels] = [filter.split('/'), topic.split('/')];
  for (const [index, level] of wanted.entries()) {
    if (level === '#') return true;
    if (index >= levels.length || (level !== '+' && level !== levels[index])) return false;
  }
  return wanted.length === levels.length;
}

t.test('a filter finds what the rules of MQTT say, whatever was set and deleted before', async (t) => {
  const level = fc.constantFrom('a', 'b', '', '$x');
  const topic = fc.array(level, { minLength: 1, maxLength: 4 }).map((levels) => levels.join('/'));
  const filter = fc
    .tuple(fc.array(fc.oneof(level, fc.constant('+')), { maxLength: 4 }), fc.boolean())
    .map(([levels, isOpen]) => [...levels, ...(isOpen || levels.length === 0 ? ['#'] : [])].join('/'));
  fc.assert(
    fc.property(fc.array(topic), fc.array(topic), filter, (set, deleted, wanted) => {
      const tree = treeOf(set);
      for (const each of deleted) tree.delete(each);
      const left = [...new Set(set)].filter((each) => !deleted.includes(each));
      const expected = left.filter((each) => matches(wanted, each)).sort();
      return JSON.stringify(tree.match(wanted).sort()) === JSON.stringify(expected);
    }),
    { numRuns: 2_000 },
  );
  t.same(treeOf(['d/1/command/x', 'd/2/command/y']).match('d/1/command/+'), ['d/1/command/x']);
  t.same(treeOf(['a', 'a/b', 'b']).match('a/#').sort(), ['a', 'a/b'], 'the level above # belongs to it');
});
