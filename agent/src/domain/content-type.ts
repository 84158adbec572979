/** How bodies of `/inference` can be written. */
export type BodyFormat = 'json' | 'cbor';

const cborType = 'application/cbor';
const jsonTypes = new Set(['application/json', 'application/*', '*/*']);

/** A body is JSON unless it says that it is CBOR: a plain `curl -d` says that it is a form. */
export function requestFormat(contentType: string | undefined): BodyFormat {
  return contentType !== undefined && /^\s*application\/cbor\s*(?:;|$)/i.test(contentType) ? 'cbor' : 'json';
}

/** CBOR if it is asked for by name and nothing that JSON would satisfy is liked better (RFC 9110, 12.5.1). */
export function answerFormat(accept: string | undefined): BodyFormat {
  if (accept === undefined || !accept.includes(cborType)) return 'json';
  const ranges = accept.split(',').map((range) => ({ type: mediaTypeOf(range), quality: qualityOf(range) }));
  const best = (isWanted: (type: string) => boolean) =>
    Math.max(0, ...ranges.filter(({ type }) => isWanted(type)).map(({ quality }) => quality));
  const cbor = best((type) => type === cborType);
  return cbor > 0 && cbor >= best((type) => jsonTypes.has(type)) ? 'cbor' : 'json';
}

function mediaTypeOf(text: string): string {
  return (text.split(';', 1)[0] ?? '').trim().toLowerCase();
}

/** 1 unless a `q` says otherwise; what is no number counts as nothing. */
function qualityOf(range: string): number {
  const text = /;\s*q=([^;]*)/i.exec(range)?.[1];
  if (text === undefined) return 1;
  const quality = Number(text);
  return quality >= 0 && quality <= 1 ? quality : 0;
}
