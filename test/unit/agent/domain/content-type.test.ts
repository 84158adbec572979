import { answerFormat, requestFormat } from '@liquid-lln/agent/testing';
import t from 'tap';

t.test('a body is JSON whatever it says, unless it says CBOR', async (t) => {
  for (const type of [undefined, '', 'application/x-www-form-urlencoded', 'text/plain', 'application/cbor-seq'])
    t.equal(requestFormat(type), 'json', String(type));
  for (const type of ['application/cbor', 'Application/CBOR', 'application/cbor; charset=x'])
    t.equal(requestFormat(type), 'cbor', String(type));
});

t.test('the answer is CBOR where that is asked for by name and nothing is liked better', async (t) => {
  const cases: [string | undefined, 'json' | 'cbor'][] = [
    [undefined, 'json'],
    ['*/*', 'json'],
    ['application/json', 'json'],
    ['application/cbor', 'cbor'],
    ['application/cbor, */*;q=0.1', 'cbor'],
    ['application/json;q=0.5, application/cbor', 'cbor'],
    ['application/json, application/cbor;q=0.9', 'json'],
    ['application/cbor;q=0', 'json'],
    ['application/cbor;q=much', 'json'],
    ['application/cbor;q=7', 'json'],
    ['text/html, application/xml', 'json'],
  ];
  for (const [accept, format] of cases) t.equal(answerFormat(accept), format, String(accept));
});
