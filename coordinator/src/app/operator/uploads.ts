import { type Digest, LlnError, type PackageIdentity } from '@liquid-lln/protocol';
import type { PackageRecord } from '../../domain/records.js';
import type { VerifiedPackage } from '../../ports/package-reader.js';
import type { Decision } from '../fleet-ledger.js';
import type { FleetState } from '../fleet-state.js';
import { viewPackage } from '../views.js';
import type { Caller, Handler, OperatorComponents } from './operator-context.js';

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

/**
 * Verifies a complete upload and registers the package. A file that does not pass is thrown away, so that it can be
 * sent anew; one that does is kept until the registration is on disk, so that the request can be repeated.
 */
export const closeUpload: Handler<'upload-close'> = async ({ fileDigest }, caller, components) => {
  const { ledger, files } = components;
  const registered = [...ledger.state.packages.values()].find((record) => record.fileDigest === fileDigest);
  const record = registered ?? (await register(fileDigest, caller, components));
  await files.discardUpload(fileDigest);
  return { of: 'upload-close', registered: viewPackage(record, ledger.state) };
};

async function register(fileDigest: Digest, { actor }: Caller, components: OperatorComponents): Promise<PackageRecord> {
  const { ledger, files, clock } = components;
  const file = await files.readUpload(fileDigest);
  const { identity, needs, signedBy } = await verifyOrDiscard(file, fileDigest, components);
  const record: PackageRecord = {
    identity,
    fileDigest,
    sizeBytes: file.length,
    needs,
    signedBy,
    registeredMs: clock.wallMs(),
    registeredBy: actor,
    quarantine: null,
  };
  if (!ledger.state.packages.has(identity.digest)) await files.savePackage(identity.digest, file);
  return ledger.change((state) => decideRegistration(state, record));
}

async function verifyOrDiscard(
  file: Uint8Array,
  fileDigest: Digest,
  { files, packages, ledger }: OperatorComponents,
): Promise<VerifiedPackage> {
  try {
    if (packages.digestOfFile(file) !== fileDigest)
      throw new LlnError('PACKAGE_DIGEST_MISMATCH', 'the uploaded file is not the one that was announced');
    const verified = packages.verify(file);
    refuseTaken(ledger.state, verified.identity);
    return verified;
  } catch (thrown) {
    await files.discardUpload(fileDigest);
    throw thrown;
  }
}

/** A name and version belong to one content for ever. */
function refuseTaken(state: FleetState, { digest, name, version }: PackageIdentity): void {
  const taken = [...state.packages.values()].find(
    ({ identity }) => identity.name === name && identity.version === version && identity.digest !== digest,
  );
  if (taken === undefined) return;
  throw new LlnError('PACKAGE_VERSION_TAKEN', `${name}@${version} already is ${taken.identity.digest}`, {
    digest: taken.identity.digest,
  });
}

/** A package that is there already stays as it is. */
function decideRegistration(state: FleetState, record: PackageRecord): Decision<PackageRecord> {
  const { digest, name, version } = record.identity;
  const known = state.packages.get(digest);
  if (known !== undefined) return { changes: [], result: known };
  refuseTaken(state, record.identity);
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
