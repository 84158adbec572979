import { LlnError } from '@liquid-lln/protocol';
import type { PackageRecord } from '../../domain/records.js';
import type { Decision } from '../fleet-ledger.js';
import type { FleetState } from '../fleet-state.js';
import { viewPackage } from '../views.js';
import type { Handler } from './operator-context.js';

export const openUpload: Handler<'upload-open'> = async ({ fileDigest, sizeBytes }, _, { ledger, files }) => {
  const known = [...ledger.state.packages.values()].find((record) => record.fileDigest === fileDigest);
  if (known !== undefined)
    return { of: 'upload-open', haveBytes: sizeBytes, registered: viewPackage(known, ledger.state) };
  return { of: 'upload-open', haveBytes: await files.openUpload(fileDigest, sizeBytes), registered: null };
};

export const appendUpload: Handler<'upload-chunk'> = async ({ fileDigest, offset, data }, _, { files }) => ({
  of: 'upload-chunk',
  haveBytes: await files.appendUpload(fileDigest, offset, data),
});

/** Verifies a complete upload. A file that does not pass is thrown away, so that it can be sent anew. */
export const closeUpload: Handler<'upload-close'> = async ({ fileDigest }, caller, components) => {
  const { ledger, files, packages, clock } = components;
  const registered = [...ledger.state.packages.values()].find((record) => record.fileDigest === fileDigest);
  if (registered !== undefined) return { of: 'upload-close', registered: viewPackage(registered, ledger.state) };
  const file = await files.readUpload(fileDigest);
  try {
    if (packages.digestOfFile(file) !== fileDigest)
      throw new LlnError('PACKAGE_DIGEST_MISMATCH', 'the uploaded file is not the one that was announced');
    const { identity, signedBy } = packages.verify(file);
    const record: PackageRecord = {
      identity,
      fileDigest,
      sizeBytes: file.length,
      signedBy,
      registeredMs: clock.wallMs(),
      registeredBy: caller.actor,
    };
    decideRegistration(ledger.state, record);
    if (!ledger.state.packages.has(identity.digest)) await files.savePackage(identity.digest, file);
    const kept = await ledger.change((state) => decideRegistration(state, record));
    return { of: 'upload-close', registered: viewPackage(kept, ledger.state) };
  } finally {
    await files.discardUpload(fileDigest);
  }
};

/** A package that is there already stays as it is; its name and version stay its own. */
function decideRegistration(state: FleetState, record: PackageRecord): Decision<PackageRecord> {
  const { digest, name, version } = record.identity;
  const known = state.packages.get(digest);
  if (known !== undefined) return { changes: [], result: known };
  const taken = [...state.packages.values()].find(
    ({ identity }) => identity.name === name && identity.version === version,
  );
  if (taken !== undefined)
    throw new LlnError('PACKAGE_VERSION_TAKEN', `${name}@${version} already is ${taken.identity.digest}`, {
      digest: taken.identity.digest,
    });
  const entry = {
    atMs: record.registeredMs,
    actor: record.registeredBy,
    action: 'package-registered',
    subject: `${name}@${version}`,
    reason: null,
    detail: `${digest}, signed by ${record.signedBy.join(', ')}`,
  };
  return {
    changes: [
      { kind: 'put-package', package: record },
      { kind: 'add-audit', entry },
    ],
    result: record,
  };
}
